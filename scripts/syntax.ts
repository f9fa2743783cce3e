/** The few questions that the checks ask a syntax tree (ESTree, with TypeScript's nodes). */

export interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [key: string]: unknown;
}

export function asNode(value: unknown): Node | undefined {
  return typeof value === 'object' && value !== null && 'type' in value ? (value as Node) : undefined;
}

const WRAPPERS = [
  'TSAsExpression',
  'TSSatisfiesExpression',
  'TSNonNullExpression',
  'TSTypeAssertion',
  'ParenthesizedExpression',
];

/** The name of a variable, whatever type it is said to have. */
export function nameOf(value: unknown): string | undefined {
  let node = asNode(value);
  while (node !== undefined && WRAPPERS.includes(node.type)) node = asNode(node['expression']);
  return node?.type === 'Identifier' ? (node['name'] as string) : undefined;
}

export function literalOf(value: unknown): string | undefined {
  const node = asNode(value);
  const literal = node?.type === 'TSLiteralType' ? asNode(node['literal']) : node;
  return literal?.type === 'Literal' && typeof literal['value'] === 'string' ? literal['value'] : undefined;
}

/** The name of the member that `a.b` or `a['b']` takes. */
export function memberOf(value: unknown): string | undefined {
  const node = asNode(value);
  if (node?.type !== 'MemberExpression') return undefined;
  return node['computed'] === true ? literalOf(node['property']) : nameOf(node['property']);
}

/** What an `import.meta.…` expression takes, such as `url`. */
export function importMetaMember(value: unknown): string | undefined {
  return asNode(asNode(value)?.['object'])?.type === 'MetaProperty' ? memberOf(value) : undefined;
}

export function lineOf(text: string, offset: number): number {
  let line = 1;
  for (let index = text.indexOf('\n'); index !== -1 && index < offset; index = text.indexOf('\n', index + 1)) line++;
  return line;
}

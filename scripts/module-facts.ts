/**
 * What a module takes from outside: the modules it names, and the parts of the world (time, randomness, timers, the
 * process) that it touches. Read from the syntax tree, so that comments and strings don't count; by name, without
 * scopes, so that a local variable called `setTimeout` counts too and had better be called otherwise.
 */
import { parseSync, Visitor } from 'rolldown/utils';
import { asNode, importMetaMember, lineOf, literalOf, memberOf, type Node, nameOf } from './syntax.ts';

export interface Use {
  readonly what: string;
  readonly line: number;
}

export interface ModuleFacts {
  /** Specifiers of static, dynamic, type-only and `new URL(…, import.meta.url)` imports; `''` where it is computed. */
  readonly imports: readonly Use[];
  /** Clocks, timers and randomness. */
  readonly timing: readonly Use[];
  /** Globals that only a host may touch. */
  readonly world: readonly Use[];
  /** What does not end before its caller goes on. */
  readonly async: readonly Use[];
}

export function readModuleFacts(path: string, text: string): ModuleFacts {
  const { program, errors, comments } = parseSync(path, text, { sourceType: 'module' });
  const first = errors[0];
  if (first !== undefined) throw new SyntaxError(`Expected a module that parses, got ${path}: ${first.message}`);
  const reader = new ModuleReader(text);
  new Visitor(reader.visitors()).visit(program);
  for (const comment of comments) reader.onComment(comment);
  return reader;
}

const TIMERS = new Set(['setTimeout', 'setInterval', 'setImmediate', 'performance']);
const WORLD = new Set([
  'process',
  'crypto',
  'fetch',
  'Buffer',
  'Worker',
  'WebSocket',
  'navigator',
  'require',
  'queueMicrotask',
  'structuredClone',
  'eval',
]);
const FUNCTIONS = ['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression'];
/** Under another name they would be seen no more. */
const MAIN_OBJECTS = ['globalThis', 'global'];
/** The one impure member of an otherwise pure global. */
const IMPURE_MEMBER = new Map([
  ['Date', 'now'],
  ['Math', 'random'],
]);
const SOURCES = ['ImportDeclaration', 'ExportNamedDeclaration', 'ExportAllDeclaration', 'ImportExpression'];
const KEYED = ['Property', 'MethodDefinition', 'PropertyDefinition', 'TSPropertySignature', 'TSMethodSignature'];

class ModuleReader implements ModuleFacts {
  readonly imports: Use[] = [];
  readonly timing: Use[] = [];
  readonly world: Use[] = [];
  readonly async: Use[] = [];
  readonly #text: string;
  /** Where identifiers stand that name a member, and so refer to no variable. */
  readonly #labels = new Set<number>();

  constructor(text: string) {
    this.#text = text;
  }

  visitors(): ConstructorParameters<typeof Visitor>[0] {
    const all = (types: readonly string[], visit: (node: Node) => void) => types.map((type) => [type, visit] as const);
    return Object.fromEntries([
      ...all([...SOURCES, 'TSImportType'], (node) => this.#onSource(node)),
      ...all([...KEYED, 'AccessorProperty'], (node) => this.#label(node, 'key')),
      ...all(['TSExternalModuleReference'], (node) => this.#import(node, literalOf(node['expression']))),
      ...all(['ImportSpecifier'], (node) => this.#label(node, 'imported')),
      ...all(['TSQualifiedName'], (node) => this.#label(node, 'right')),
      ...all(['MemberExpression'], (node) => this.#onMember(node)),
      ...all(['CallExpression'], (node) => this.#onCall(node)),
      ...all(['NewExpression'], (node) => this.#onNew(node)),
      ...all(['VariableDeclarator'], (node) => this.#onDeclarator(node)),
      ...all(['Identifier'], (node) => this.#onIdentifier(node)),
      ...all(FUNCTIONS, (node) => this.#onFunction(node)),
      ...all(['AwaitExpression'], (node) => this.async.push({ what: 'await', line: lineOf(this.#text, node.start) })),
    ]);
  }

  onComment(comment: { readonly value: string; readonly start: number }): void {
    const reference = /^\/\s*<reference\s+(?:path|types)="([^"]+)"/.exec(comment.value)?.[1];
    if (reference !== undefined) this.imports.push({ what: reference, line: lineOf(this.#text, comment.start) });
  }

  #onSource(node: Node): void {
    if (asNode(node['source']) !== undefined) this.#import(node, literalOf(node['source']));
  }

  #onMember(node: Node): void {
    this.#label(node, 'property');
    const owner = nameOf(node['object']);
    const member = memberOf(node);
    if (owner === undefined || member === undefined) return;
    if (IMPURE_MEMBER.get(owner) === member) this.#time(node, `${owner}.${member}`);
    if (MAIN_OBJECTS.includes(owner)) this.#onGlobal(node, member);
  }

  #onCall(node: Node): void {
    const callee = nameOf(node['callee']);
    const given = literalOf((node['arguments'] as unknown[])[0]);
    if (callee === 'Date') this.#time(node, 'Date()');
    if (callee === 'Function') this.world.push({ what: callee, line: lineOf(this.#text, node.start) });
    const resolves = callee === 'require' || importMetaMember(node['callee']) === 'resolve';
    if (resolves && given !== undefined) this.#import(node, given);
  }

  #onNew(node: Node): void {
    const [target, base, ...others] = node['arguments'] as unknown[];
    const callee = nameOf(node['callee']);
    if (callee === 'Date' && target === undefined) this.#time(node, 'new Date()');
    if (callee === 'Function') this.world.push({ what: callee, line: lineOf(this.#text, node.start) });
    const isModule = callee === 'URL' && others.length === 0 && importMetaMember(base) === 'url';
    if (isModule && literalOf(target) !== undefined) this.#import(node, literalOf(target));
  }

  #onDeclarator(node: Node): void {
    const owner = nameOf(node['init']);
    const pattern = asNode(node['id']);
    if (owner !== undefined && pattern?.type === 'Identifier') this.#onAlias(node, owner);
    if (owner === undefined || pattern?.type !== 'ObjectPattern') return;
    for (const property of pattern['properties'] as Node[]) {
      const member = nameOf(property['key']);
      if (member !== undefined && IMPURE_MEMBER.get(owner) === member) this.#time(node, `${owner}.${member}`);
      if (member !== undefined && MAIN_OBJECTS.includes(owner)) this.#onGlobal(node, member);
    }
  }

  #onAlias(node: Node, owner: string): void {
    if (IMPURE_MEMBER.has(owner)) this.#time(node, `${owner} under another name`);
    if (MAIN_OBJECTS.includes(owner))
      this.world.push({ what: `${owner} under another name`, line: lineOf(this.#text, node.start) });
  }

  #onFunction(node: Node): void {
    // One without a body does nothing: only its prototype can be meant.
    const body = asNode(node['body'])?.['body'];
    const isEmpty = Array.isArray(body) && body.length === 0;
    if (node['async'] === true && !isEmpty) this.async.push({ what: 'async', line: lineOf(this.#text, node.start) });
  }

  #onIdentifier(node: Node): void {
    if (!this.#labels.has(node.start)) this.#onGlobal(node, node['name'] as string);
  }

  #onGlobal(node: Node, name: string): void {
    if (TIMERS.has(name)) this.#time(node, name);
    if (WORLD.has(name)) this.world.push({ what: name, line: lineOf(this.#text, node.start) });
  }

  #label(node: Node, key: string): void {
    const child = asNode(node[key]);
    if (child !== undefined && node['computed'] !== true && node['shorthand'] !== true) this.#labels.add(child.start);
  }

  #import(node: Node, specifier: string | undefined): void {
    this.imports.push({ what: specifier ?? '', line: lineOf(this.#text, node.start) });
  }

  #time(node: Node, what: string): void {
    this.timing.push({ what, line: lineOf(this.#text, node.start) });
  }
}

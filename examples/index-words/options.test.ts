import { describe, expect, it } from 'vitest';
import { readOptions, UsageError } from './options.ts';

const here = import.meta.dirname;

describe('the options of the main job', () => {
  it('are four nodes, of which the second dies, unless said otherwise', () => {
    expect(readOptions([here])).toEqual({ folder: here, nodes: 4, kill: 'n2', top: 10, isJson: false });
    expect(readOptions([here, '--nodes', '1'])?.kill).toBe('n1');
    expect(readOptions([here, '--kill', 'none', '--json', '--top', '3'])).toMatchObject({
      kill: undefined,
      top: 3,
      isJson: true,
    });
    expect(readOptions(['--help'])).toBeUndefined();
  });

  it('are refused with what was expected', () => {
    const wrong: [string[], RegExp][] = [
      [['no such folder'], /Expected a folder, got no such folder, which does not exist\./],
      [[import.meta.filename], /Expected a folder, got .*options\.test\.ts, which is none\./],
      [[here, here], /Expected at most one folder, got 2/],
      [[here, '--nodes', '65'], /Expected --nodes to be an integer from 1 to 64, got '65'/],
      [[here, '--top', 'x'], /Expected --top to be an integer from 1 to 1000, got 'x'/],
      [[here, '--nodes', '2', '--kill', 'n3'], /Expected --kill to name a node \(n1, n2\) or none, got n3/],
      [['--unknown'], /^Expected the options below, got others: Unknown option '--unknown'\.$/],
    ];
    for (const [args, message] of wrong) {
      expect(() => readOptions(args)).toThrow(UsageError);
      expect(() => readOptions(args)).toThrow(message);
    }
  });
});

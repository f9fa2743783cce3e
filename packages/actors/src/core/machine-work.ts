/**
 * What a core hands to its machine in one turn. It waits for the end of the turn, behind what that persists and sends: a
 * machine may take its time, and disks and other members that go to work before it need not wait for it.
 */
export class MachineWork<Command> {
  private readonly apply: (commands: readonly Command[]) => void;
  private gathered: Command[] = [];

  constructor(apply: (commands: readonly Command[]) => void) {
    this.apply = apply;
  }

  add(command: Command): void {
    this.gathered.push(command);
    if (this.gathered.length === 1) Promise.resolve().then(() => this.release());
  }

  private release(): void {
    const commands = this.gathered;
    this.gathered = [];
    this.apply(commands);
  }
}

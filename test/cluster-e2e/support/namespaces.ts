/**
 * Machines out of network namespaces: each has a cable to a bridge in a namespace of its own, and a cable can be pulled. The
 * host's own network is not touched.
 */
import { execFileSync } from 'node:child_process';

const ip = (...args: string[]): void => void execFileSync('ip', args, { stdio: 'pipe' });

let count = 0;

/** Whether this process may make namespaces. */
export function canMakeNamespaces(): boolean {
  try {
    const net = new Machines(1);
    net.close();
    return true;
  } catch {
    return false;
  }
}

export class Machines {
  readonly #prefix = `etcdmark-${process.pid}-${count++}`;
  readonly #names: string[] = [];

  constructor(size: number) {
    try {
      const hub = this.#add('hub');
      ip('-n', hub, 'link', 'add', 'bridge', 'type', 'bridge');
      ip('-n', hub, 'link', 'set', 'bridge', 'up');
      for (let i = 0; i < size; i++) {
        const name = this.#add(String(i));
        ip('-n', hub, 'link', 'add', `port${i}`, 'type', 'veth', 'peer', 'name', 'cable', 'netns', name);
        ip('-n', hub, 'link', 'set', `port${i}`, 'master', 'bridge', 'up');
        ip('-n', name, 'addr', 'add', `${this.address(i)}/24`, 'dev', 'cable');
        ip('-n', name, 'link', 'set', 'cable', 'up');
        ip('-n', name, 'link', 'set', 'lo', 'up');
      }
    } catch (error) {
      this.close();
      throw error;
    }
  }

  address(i: number): string {
    return `10.77.0.${i + 1}`;
  }

  /** Stands before a command that is to run on machine `i`. */
  on(i: number): string[] {
    return ['ip', 'netns', 'exec', this.#names[1 + i]!];
  }

  pullCable(i: number): void {
    ip('-n', this.#names[0]!, 'link', 'set', `port${i}`, 'down');
  }

  plugIn(i: number): void {
    ip('-n', this.#names[0]!, 'link', 'set', `port${i}`, 'up');
  }

  /** What runs on the machines must have ended. */
  close(): void {
    for (const name of this.#names.splice(0)) ip('netns', 'del', name);
  }

  #add(name: string): string {
    const full = `${this.#prefix}-${name}`;
    ip('netns', 'add', full);
    this.#names.push(full);
    return full;
  }
}

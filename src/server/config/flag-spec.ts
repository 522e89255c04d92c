/** What a flag takes. */

/** How a flag's text is read. Durations are Go durations (`100ms`), except where etcd itself takes milliseconds. */
export type FlagKind = 'text' | 'flag' | 'whole' | 'duration' | 'urls' | 'list';

export interface FlagSpec {
  readonly kind: FlagKind;
  /** The text that etcd's --help would show. */
  readonly initial: string;
  /** Why a value other than the default is not served; absent where it is. */
  readonly refused?: string;
}

export const text = (initial = ''): FlagSpec => ({ kind: 'text', initial });
export const flag = (initial: boolean): FlagSpec => ({ kind: 'flag', initial: String(initial) });
export const whole = (initial: number): FlagSpec => ({ kind: 'whole', initial: String(initial) });
export const duration = (initial: string): FlagSpec => ({ kind: 'duration', initial });
export const urls = (initial: string): FlagSpec => ({ kind: 'urls', initial });
export const list = (initial: string): FlagSpec => ({ kind: 'list', initial });

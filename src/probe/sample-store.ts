/**
 * The samples of a probe in time order, in bounded memory: when full, every other one is dropped and only every second, then
 * every fourth … of those that come is kept. Thinning by position keeps distribution and order.
 */
export interface SampleStore {
  add(value: number, atMs: number): void;
  readonly values: Float64Array;
  readonly atMs: Float64Array;
}

export function sampleStore(capacity = 1 << 20): SampleStore {
  let values = new Float64Array(1024);
  let times = new Float64Array(1024);
  let size = 0;
  let stride = 1;
  let seen = 0;
  const grow = (): void => {
    const length = Math.min(capacity, values.length * 2);
    const [oldValues, oldTimes] = [values, times];
    values = new Float64Array(length);
    times = new Float64Array(length);
    values.set(oldValues);
    times.set(oldTimes);
  };
  const thin = (): void => {
    for (let i = 0; 2 * i < size; i++) {
      values[i] = values[2 * i]!;
      times[i] = times[2 * i]!;
    }
    size = Math.ceil(size / 2);
    stride *= 2;
  };
  return {
    add(value, atMs) {
      if (seen++ % stride !== 0) return;
      if (size === values.length) {
        if (size < capacity) grow();
        else thin();
      }
      values[size] = value;
      times[size] = atMs;
      size += 1;
    },
    get values() {
      return values.subarray(0, size);
    },
    get atMs() {
      return times.subarray(0, size);
    },
  };
}

/** Figures as people read them: three significant digits at most, units always, the same on every machine and locale. */

const BYTE_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/** Three significant digits below 1,000, whole numbers with thousands marks above. */
export function formatNumber(value: number): string {
  const size = Math.abs(value);
  if (size >= 999.5) return groupThousands(Math.round(value));
  if (size === 0) return '0';
  const decimals = Math.max(0, Math.min(3, 2 - Math.floor(Math.log10(size))));
  return trimZeros(value.toFixed(decimals));
}

/** A whole number, exact. */
export function formatCount(value: number): string {
  return groupThousands(Math.round(value));
}

/** Milliseconds in the unit that reads best: `120 µs`, `8.4 ms`, `2.5 s`. */
export function formatMs(ms: number): string {
  if (ms !== 0 && Math.abs(ms) < 0.9995) return `${formatNumber(ms * 1000)} µs`;
  if (Math.abs(ms) < 999.5) return `${formatNumber(ms)} ms`;
  return `${formatNumber(ms / 1000)} s`;
}

/** Seconds as a span: `45 s`, `12 min`, `1 h 30 min`. */
export function formatSeconds(seconds: number): string {
  if (seconds < 120) return `${formatNumber(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 120) return `${minutes} min`;
  const rest = minutes % 60;
  return `${Math.floor(minutes / 60)} h${rest === 0 ? '' : ` ${rest} min`}`;
}

export function formatRate(perS: number): string {
  return `${formatNumber(perS)}/s`;
}

/** Bytes in binary units: `512 B`, `2 GiB`. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (Math.abs(value) >= 1023.5 && unit < BYTE_UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${formatNumber(value)} ${BYTE_UNITS[unit] ?? 'B'}`;
}

/** A share of one, in percent. */
export function formatShare(share: number): string {
  return `${formatNumber(share * 100)}%`;
}

/** A value with the unit that its field name or threshold states. */
export function formatQuantity(value: number, unit: string | undefined): string {
  switch (unit) {
    case 'ms':
      return formatMs(value);
    case 's':
      return formatSeconds(value);
    case 'bytes':
      return formatBytes(value);
    case '/s':
      return formatRate(value);
    case undefined:
    case '':
      return formatNumber(value);
    default:
      return `${formatNumber(value)} ${unit}`;
  }
}

function groupThousands(whole: number): string {
  return String(whole).replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}

function trimZeros(decimal: string): string {
  return decimal.includes('.') ? decimal.replace(/\.?0+$/, '') : decimal;
}

/** A request as one line for the log: the fields that are set, and of a value its size alone. */

/** Enough to know the request by; a transaction may have thousands of keys. */
const MOST_CHARACTERS = 1000;

export function requestText(request: object): string {
  const text = fieldsText(request);
  return text.length <= MOST_CHARACTERS ? text : `${text.slice(0, MOST_CHARACTERS)}…`;
}

function fieldsText(fields: object): string {
  return Object.entries(fields)
    .flatMap(([name, value]) => {
      const written = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
      const values = (Array.isArray(value) ? value : [value]) as unknown[];
      return values.map((one) => fieldText(written, one));
    })
    .filter((text) => text !== '')
    .join(' ');
}

/** Empty where the field has its default, which a protobuf message does not carry. */
function fieldText(name: string, value: unknown): string {
  if (value instanceof Uint8Array) return value.length === 0 ? '' : `${name}_size:${value.length}`;
  if (typeof value === 'object' && value !== null) return `${name}:<${fieldsText(value)}>`;
  if (typeof value === 'string') return value === '' ? '' : `${name}:${JSON.stringify(value)}`;
  if (typeof value === 'number' || typeof value === 'bigint') return Number(value) === 0 ? '' : `${name}:${value}`;
  return value === true ? `${name}:true` : '';
}

/**
 * Growing columns of numbers outside the garbage collector's reach: typed arrays in pieces, so that growing copies
 * nothing and a million rows cost a few dozen objects.
 */

const PIECE_BITS = 14;
const PIECE_ROWS = 1 << PIECE_BITS;
const PIECE_MASK = PIECE_ROWS - 1;

export class FloatColumn {
  private readonly pieces: Float64Array[] = [];

  get(row: number): number {
    return this.pieces[row >>> PIECE_BITS]![row & PIECE_MASK]!;
  }

  set(row: number, value: number): void {
    this.pieces[row >>> PIECE_BITS]![row & PIECE_MASK] = value;
  }

  /** Makes room for rows below `rows`. */
  grow(rows: number): void {
    while (this.pieces.length * PIECE_ROWS < rows) this.pieces.push(new Float64Array(PIECE_ROWS));
  }
}

export class Int32Column {
  private readonly pieces: Int32Array[] = [];

  get(row: number): number {
    return this.pieces[row >>> PIECE_BITS]![row & PIECE_MASK]!;
  }

  set(row: number, value: number): void {
    this.pieces[row >>> PIECE_BITS]![row & PIECE_MASK] = value;
  }

  grow(rows: number): void {
    while (this.pieces.length * PIECE_ROWS < rows) this.pieces.push(new Int32Array(PIECE_ROWS));
  }
}

// One active cell, one anchor, one rectangle between them.
const clamp = (value, low, high) => Math.max(low, Math.min(high, value));

export class Selection {
  constructor(bounds, changed) {
    this.bounds = bounds; // () => ({ rows, columns })
    this.changed = changed;
    this.row = 0;
    this.column = 0;
    this.anchorRow = 0;
    this.anchorColumn = 0;
  }

  get range() {
    return {
      top: Math.min(this.row, this.anchorRow), bottom: Math.max(this.row, this.anchorRow),
      left: Math.min(this.column, this.anchorColumn), right: Math.max(this.column, this.anchorColumn),
    };
  }

  get size() {
    const { top, bottom, left, right } = this.range;
    return (bottom - top + 1) * (right - left + 1);
  }

  contains(row, column) {
    const { top, bottom, left, right } = this.range;
    return row >= top && row <= bottom && column >= left && column <= right;
  }

  moveTo(row, column, { extend = false } = {}) {
    const { rows, columns } = this.bounds();
    this.row = clamp(row, 0, Math.max(0, rows - 1));
    this.column = clamp(column, 0, Math.max(0, columns - 1));
    if (!extend) {
      this.anchorRow = this.row;
      this.anchorColumn = this.column;
    }
    this.changed();
  }

  moveBy(down, right, options) {
    this.moveTo(this.row + down, this.column + right, options);
  }

  // the anchor stays, the far corner moves: for a range given by its corners
  span(top, left, bottom, right) {
    this.anchorRow = top;
    this.anchorColumn = left;
    this.moveTo(bottom, right, { extend: true });
  }

  *cells() {
    const { top, bottom, left, right } = this.range;
    for (let row = top; row <= bottom; row += 1) for (let column = left; column <= right; column += 1) yield [row, column];
  }
}

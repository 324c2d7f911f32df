// Steps back and forward. Each is a batch that the server keeps; only its name is held here.
const LIMIT = 200;

export class UndoStack {
  constructor() {
    this.done = [];
    this.undone = [];
  }

  record(batch) {
    this.done.push(batch);
    if (this.done.length > LIMIT) this.done.shift();
    this.undone = [];
  }

  takeBack() {
    return this.done.pop();
  }

  takeForward() {
    return this.undone.pop();
  }

  // the server answers an undo with a batch of its own: undoing that one is the redo
  wasUndone(batch) {
    this.undone.push(batch);
  }

  wasRedone(batch) {
    this.done.push(batch);
  }
}

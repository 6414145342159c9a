import { type KeyShape, unknownShape } from '../key-forms.ts';

/** What answers have told of key columns, by table and column. */
export interface KeyShapes {
  of(table: string, column: string): KeyShape;
  /** Called with each answer, so that a changed column is noticed by the read after the change. */
  learn(table: string, column: string, shape: KeyShape): void;
}

export function createKeyShapes(): KeyShapes {
  const shapes = new Map<string, KeyShape>();
  return {
    of: (table, column) => shapes.get(`${table}\0${column}`) ?? unknownShape,
    learn: (table, column, shape) => {
      shapes.set(`${table}\0${column}`, shape);
    },
  };
}

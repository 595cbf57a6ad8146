import type { ReactNode } from 'react';
import css from './table.module.css';

export interface Column<T> {
  key: string;
  head: string;
  /** Share of the width as a CSS grid track, e.g. "1fr" or "110px". */
  width: string;
  right?: boolean;
  cell: (row: T) => ReactNode;
}

/** A plain table on a fixed grid: columns keep their width, text gives way inside. */
export function Table<T>({
  label,
  columns,
  rows,
  rowKey,
}: {
  label: string;
  columns: readonly Column<T>[];
  rows: readonly T[];
  rowKey: (row: T, index: number) => string;
}) {
  return (
    <table className={css.table} aria-label={label}>
      <colgroup>
        {columns.map((c) => (
          <col key={c.key} style={c.width === '1fr' ? undefined : { width: c.width }} />
        ))}
      </colgroup>
      <thead>
        <tr>
          {columns.map((c) => (
            <th key={c.key} scope="col" data-right={c.right || undefined}>
              {c.head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row, i) => (
          <tr key={rowKey(row, i)}>
            {columns.map((c) => (
              <td key={c.key} data-right={c.right || undefined}>
                {c.cell(row)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Names and values of one thing. */
export function KeyValue({ items }: { items: readonly (readonly [string, ReactNode])[] }) {
  return (
    <dl className={css.keyValue}>
      {items.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

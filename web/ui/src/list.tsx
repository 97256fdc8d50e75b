import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { failed, t, tell } from "./state";
import type { Word } from "./words";

interface Read {
  items: unknown[];
  next_cursor: string;
}

type RowOf<Page extends Read> = Page["items"][number];

export interface Pages<Row> {
  rows: Row[] | null; // null: not read yet
  error: unknown;
  more: (() => void) | null; // null on the last page
}

/** Rows that are read page by page, from the beginning wherever what they are of changes. */
export function usePages<Page extends Read>(
  read: (cursor: string) => Promise<Page>,
  of: unknown[],
  onPage: (page: Page, all: RowOf<Page>[]) => void,
): Pages<RowOf<Page>> {
  const [rows, setRows] = useState<RowOf<Page>[] | null>(null);
  const [next, setNext] = useState("");
  const [error, setError] = useState<unknown>(null);
  const load = (cursor: string, before: RowOf<Page>[], current: () => boolean) =>
    read(cursor).then(
      (page) => {
        if (!current()) return;
        const all = [...before, ...page.items];
        setRows(all);
        setNext(page.next_cursor);
        setError(null);
        onPage(page, all);
      },
      (e) => current() && setError(failed(e)),
    );
  useEffect(() => {
    let current = true;
    setError(null);
    void load("", [], () => current);
    return () => {
      current = false;
    };
  }, of);
  return { rows, error, more: next ? () => void load(next, rows ?? [], () => true) : null };
}

/** A list with its three other faces: an error, waiting, nothing. */
export function PagedList<Row>({
  pages,
  none,
  row,
}: {
  pages: Pages<Row>;
  none: Word;
  row: (r: Row) => ComponentChildren;
}) {
  const { rows, error, more } = pages;
  return (
    <>
      {error !== null && (
        <p class="alert" role="alert">
          {tell(error)}
        </p>
      )}
      {rows === null && error === null && <p class="wait">{t("loading")}</p>}
      {rows?.length === 0 && <p>{t(none)}</p>}
      <ul class="rows">{rows?.map(row)}</ul>
      {more && (
        <button type="button" class="button wide" onClick={more}>
          {t("more")}
        </button>
      )}
    </>
  );
}

// The way to the server: calls whose paths, parameters, bodies and answers are
// those of its OpenAPI document (schema.d.ts), and what may go wrong with them.

import type { components, paths } from "./schema";

/** What the server's document calls things. */
export type Schemas = components["schemas"];

/** An answer that is no success. `code` is stable; `offline` where no answer came. */
export class Problem extends Error {
  constructor(
    readonly code: string,
    readonly status: number,
    readonly faults: Schemas["Fault"][] = [],
  ) {
    super(code);
  }
}

let waiting = 0;
let resting: (() => void)[] = [];

/** Resolves once the server has answered what was asked of it, for what can wait; after five seconds at the latest. */
export const quiet = () =>
  new Promise<void>((resolve) => {
    const late = setTimeout(resolve, 5000);
    const rest = () => {
      clearTimeout(late);
      resolve();
    };
    if (waiting === 0) setTimeout(() => (waiting === 0 ? rest() : resting.push(rest)), 0);
    else resting.push(rest);
  });

// An answer may lead to the next question: those get a moment to be asked.
function answered() {
  waiting--;
  setTimeout(() => {
    if (waiting > 0) return;
    for (const go of resting.splice(0)) go();
    resting = [];
  }, 0);
}

/** What the server answers to a request, or its [Problem]; for what is no JSON. */
export async function received(path: string, request: RequestInit): Promise<Response> {
  let answer: Response;
  waiting++;
  try {
    answer = await fetch(path, request);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Problem("offline", 0);
  } finally {
    answered();
  }
  if (answer.ok) return answer;
  const told: Partial<Schemas["Problem"]> = await answer.json().catch(() => ({}));
  throw new Problem(told.code ?? "internal", answer.status, told.faults);
}

type Method = "get" | "post" | "patch" | "delete";
type With<M extends Method> = { [P in keyof paths]: paths[P] extends Record<M, object> ? P : never }[keyof paths];
type Operation<M extends Method, P extends keyof paths> = paths[P] extends Record<M, infer O> ? O : never;

/** In a query an empty text is left out, as what is undefined is. */
type Query<Q> = { [K in keyof Q]: Q[K] | "" };
type Parameters<A> = { [K in keyof A as A[K] extends undefined ? never : K]: K extends "query" ? Query<A[K]> : A[K] };
type Body<O> = O extends { requestBody: { content: { "application/json": infer B } } } ? { body: B } : unknown;
type Said<O> = (O extends { parameters: infer A } ? Parameters<A> : unknown) & Body<O> & { signal?: AbortSignal };
type Arguments<O> = Partial<Said<O>> extends Said<O> ? [said?: Said<O>] : [said: Said<O>];
type Content<A> = A extends { content: { "application/json": infer T } } ? T : undefined;
type Told<O> = O extends { responses: infer R } ? Content<R[keyof R & (200 | 201 | 202 | 204)]> : never;

interface Loose {
  path?: Record<string, unknown>;
  query?: Record<string, unknown>;
  header?: Record<string, string>;
  body?: object;
  signal?: AbortSignal;
}

const calling =
  <M extends Method>(method: M) =>
  async <P extends With<M>>(path: P, ...[said]: Arguments<Operation<M, P>>): Promise<Told<Operation<M, P>>> => {
    const { path: at = {}, query = {}, header, body, signal }: Loose = said ?? {};
    const place = path.replace(/{(\w+)}/g, (_, name) => encodeURIComponent(`${at[name]}`));
    const asked = Object.entries(query).filter(([, v]) => v !== undefined && v !== "");
    const answer = await received(asked[0] ? `${place}?${new URLSearchParams(asked as [string, string][])}` : place, {
      method: method.toUpperCase(),
      signal,
      headers: { ...(body && { "Content-Type": "application/json" }), ...header },
      body: body && JSON.stringify(body),
    });
    const told: unknown = answer.status === 204 ? undefined : await answer.json();
    return told as Told<Operation<M, P>>;
  };

export const get = calling("get");
export const post = calling("post");
export const patch = calling("patch");
export const remove = calling("delete");

import { afterEach, describe, expect, it, vi } from "vitest";
import { get, Problem, post, remove } from "../src/client";

/** Answers what is asked next, and keeps what was asked. */
function answers(status: number, body?: unknown) {
  const asked = vi.fn(
    async (_: string, __: RequestInit) => new Response(body === undefined ? null : JSON.stringify(body), { status }),
  );
  vi.stubGlobal("fetch", asked);
  return () => asked.mock.calls[0] ?? [];
}

afterEach(() => vi.unstubAllGlobals());

describe("calls", () => {
  it("put what is asked into the path and the query, and leave out what is empty", async () => {
    const asked = answers(200, { items: [], next_cursor: "", total: 0 });
    await get("/v1/publications/{publication}/households", {
      path: { publication: 7 },
      query: { village: "370199/1 村", sort: "line", crop: "", cursor: undefined },
    });
    expect(asked()[0]).toBe("/v1/publications/7/households?village=370199%2F1+%E6%9D%91&sort=line");
  });
  it("keep a code with a slash within its part of the path", async () => {
    const asked = answers(200, {});
    await get("/v1/publications/{publication}/parcels/{id}", { path: { publication: 1, id: "a/b?c" } });
    expect(asked()[0]).toBe("/v1/publications/1/parcels/a%2Fb%3Fc");
  });
  it("send bodies as JSON, and headers beside", async () => {
    const asked = answers(201, { id: 3 });
    const body = { publication: 1, household_id: "x", asked_fen: 100, identity: "checked" } as const;
    const told = await post("/v1/applications", { header: { "Idempotency-Key": "k" }, body });
    expect(told.id).toBe(3);
    expect(asked()[1]).toMatchObject({
      method: "POST",
      headers: { "Content-Type": "application/json", "Idempotency-Key": "k" },
      body: JSON.stringify(body),
    });
  });
  it("read nothing of an answer that has nothing", async () => {
    const asked = answers(204);
    expect(await remove("/v1/session")).toBeUndefined();
    expect(asked()[1]).toMatchObject({ method: "DELETE", body: undefined, headers: {} });
  });
  it("throw the server's problem by its code, with the faults of a document", async () => {
    answers(422, { code: "policy_document", faults: [{ line: 3, column: 1, key: "a", message: "b", excerpt: "c" }] });
    const e = await post("/v1/policies/check", { body: { document: "?" } }).catch((e: unknown) => e);
    expect(e).toBeInstanceOf(Problem);
    expect(e).toMatchObject({ code: "policy_document", status: 422, faults: [{ line: 3 }] });
    answers(502, "no page of the server's");
    await expect(get("/v1/session")).rejects.toMatchObject({ code: "internal", status: 502, faults: [] });
  });
  it("say that there is no network, and nothing of what was given up", async () => {
    vi.stubGlobal("fetch", () => Promise.reject(new TypeError("Failed to fetch")));
    await expect(get("/v1/session")).rejects.toMatchObject({ code: "offline", status: 0 });
    vi.stubGlobal("fetch", () => Promise.reject(new DOMException("given up", "AbortError")));
    await expect(get("/v1/session")).rejects.toMatchObject({ name: "AbortError" });
  });
  it("do not compile where the document knows no such path, parameter, body or answer", () => {
    // Never called: the compiler reads it, and complains where a line below has become right.
    const wrong = async () => {
      // @ts-expect-error no such path
      await get("/v1/none");
      // @ts-expect-error not with this method
      await post("/v1/audit");
      // @ts-expect-error its part of the path is missing
      await get("/v1/runs/{run}");
      // @ts-expect-error a number
      await get("/v1/runs/{run}", { path: { run: "7" } });
      // @ts-expect-error no such state
      await get("/v1/runs", { query: { state: "lost" } });
      // @ts-expect-error no such parameter
      await get("/v1/runs", { query: { colour: "red" } });
      // @ts-expect-error its body has a password too
      await post("/v1/session", { body: { name: "x" } });
      // @ts-expect-error null for those who see no scores
      (await get("/v1/publications/{publication}/summary", { path: { publication: 1 } })).scores.line_fen;
    };
    expect(wrong).toBeTypeOf("function");
  });
});

// A reader of the OpenAPI document: operations by tag, parameters, bodies, answers.
const el = (name, props = {}, ...children) => {
  const node = Object.assign(document.createElement(name), props);
  node.append(...children.filter((c) => c !== null && c !== undefined));
  return node;
};

const main = document.getElementById("main");
const doc = await (await fetch("/openapi.json")).json();

const resolve = (schema) =>
  schema?.$ref ? doc.components.schemas[schema.$ref.split("/").pop()] : schema;
const nameOf = (schema) => {
  if (!schema) return "";
  if (schema.$ref) return schema.$ref.split("/").pop();
  if (schema.anyOf) return schema.anyOf.map(nameOf).join(" or ");
  const type = [].concat(schema.type ?? "any").join(" or ");
  return schema.items ? `${type} of ${nameOf(schema.items)}` : type;
};

function fields(schema) {
  const s = resolve(schema);
  if (!s?.properties) return el("p", { className: "dim", textContent: nameOf(schema) });
  const rows = Object.entries(s.properties).map(([name, p]) =>
    el("tr", {},
      el("td", {}, el("code", { textContent: name }), s.required?.includes(name) ? "" : " ?"),
      el("td", { textContent: nameOf(p) }),
      el("td", { className: "dim", textContent: [p.description, p.enum?.join(" · ")].filter(Boolean).join(" ") })));
  return el("table", {}, el("tbody", {}, ...rows));
}

function operation(path, method, op) {
  const inside = el("div", { className: "in" });
  if (op.description) inside.append(el("p", { textContent: op.description }));
  if (op.parameters?.length) {
    inside.append(el("h3", { textContent: "Parameters" }));
    inside.append(el("table", {}, el("tbody", {}, ...op.parameters.map((p) =>
      el("tr", {},
        el("td", {}, el("code", { textContent: p.name }), p.required ? "" : " ?"),
        el("td", { textContent: `${p.in}, ${nameOf(p.schema)}` }),
        el("td", { className: "dim", textContent: p.description ?? "" }))))));
  }
  for (const media of Object.values(op.requestBody?.content ?? {})) {
    inside.append(el("h3", { textContent: "Body" }), fields(media.schema));
  }
  for (const [status, answer] of Object.entries(op.responses ?? {})) {
    inside.append(el("h3", { textContent: `${status} ${answer.description ?? ""}` }));
    for (const [type, media] of Object.entries(answer.content ?? {})) {
      inside.append(el("p", { className: "dim", textContent: type }));
      if (!type.startsWith("application/problem")) inside.append(fields(media.schema));
    }
  }
  return el("details", { id: op.operationId },
    el("summary", {}, el("b", { textContent: method.toUpperCase() }), el("code", { textContent: path }), el("span", { textContent: op.summary ?? "" })),
    inside);
}

const tags = new Map();
for (const [path, methods] of Object.entries(doc.paths)) {
  for (const [method, op] of Object.entries(methods)) {
    const tag = op.tags?.[0] ?? "other";
    if (!tags.has(tag)) tags.set(tag, []);
    tags.get(tag).push(operation(path, method, op));
  }
}
main.replaceChildren(
  el("h1", { textContent: `${doc.info.title} API` }),
  el("p", { className: "dim", textContent: `OpenAPI ${doc.openapi}, version ${doc.info.version}. ${doc.info.description ?? ""}` }),
  el("p", {}, el("a", { href: "/openapi.json", textContent: "openapi.json" })),
  ...[...tags].flatMap(([tag, ops]) => [el("h2", { textContent: tag }), ...ops]),
  el("h2", { textContent: "schemas" }),
  ...Object.entries(doc.components?.schemas ?? {}).map(([name, schema]) =>
    el("details", { id: `schema-${name}` }, el("summary", {}, el("code", { textContent: name })), el("div", { className: "in" }, fields(schema)))));

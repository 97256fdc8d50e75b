import { t } from "./state";

/** What a policy changes in the default, key by key. */
export function ChangeTable({ changes }: { changes: { key: string; before: string; after: string }[] }) {
  if (changes.length === 0) return <p>{t("policyNoChanges")}</p>;
  return (
    <table class="grid">
      <thead>
        <tr>
          <th scope="col">{t("policyKey")}</th>
          <th scope="col">{t("policyBefore")}</th>
          <th scope="col">{t("policyAfter")}</th>
        </tr>
      </thead>
      <tbody>
        {changes.map((c) => (
          <tr key={c.key}>
            <th scope="row" class="key">
              {c.key}
            </th>
            <td class="key">{c.before || "—"}</td>
            <td class="key">{c.after || "—"}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

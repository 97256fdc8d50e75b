import type { RunPlan } from "./api-runs";
import { count } from "./numbers";
import { lang, t } from "./state";
import { isWord } from "./words";

export const stageName = (stage: string) => t(isWord(`st_${stage}`) ? (`st_${stage}` as "st_other") : "st_other");

/** A time on the clock, as exact as an estimate is. */
export function lasting(s: number): string {
  const l = lang.value;
  if (s < 90) return t("secondsN", { n: count(Math.max(1, Math.round(s)), l) });
  if (s < 5400) return t("minutesN", { n: count(Math.round(s / 60), l) });
  return t("hoursN", { n: (Math.round(s / 360) / 10).toFixed(1) });
}

export function bytes(n: number): string {
  if (n >= 2 ** 30) return `${(n / 2 ** 30).toFixed(1)} GB`;
  if (n >= 2 ** 20) return `${Math.round(n / 2 ** 20)} MB`;
  return `${Math.round(n / 1024)} kB`;
}

export function PlanSum({ plan }: { plan: RunPlan }) {
  const l = lang.value;
  const imagery = bytes(plan.imagery_bytes);
  return (
    <>
      <p>
        <b>
          {t("planSum", {
            n: count(plan.to_do, l),
            t: lasting(plan.wall_s),
            low: lasting(plan.low_s),
            high: lasting(plan.high_s),
            k: plan.threads,
          })}
        </b>
      </p>
      {plan.memory_bytes + plan.disk_bytes + plan.imagery_bytes > 0 && (
        <p class="dim">
          {t("planCost", {
            memory: bytes(plan.memory_bytes),
            disk: bytes(plan.disk_bytes),
            imagery: plan.imagery_files > 0 ? t("planFiles", { x: imagery, n: plan.imagery_files }) : imagery,
          })}
        </p>
      )}
    </>
  );
}

/** What a run would do and cost, stage by stage. */
export function PlanTable({ plan }: { plan: RunPlan }) {
  const l = lang.value;
  if (plan.to_do === 0) return <p>{t("planNothing")}</p>;
  return (
    <>
      <PlanSum plan={plan} />
      <table class="grid plan">
        <thead>
          <tr>
            <th scope="col">{t("stage")}</th>
            <th scope="col" class="num">
              {t("stageToDo")}
            </th>
            <th scope="col" class="num">
              {t("stageTime")}
            </th>
            <th scope="col" class="less">
              {t("stageBy")}
            </th>
          </tr>
        </thead>
        <tbody>
          {plan.stages.map((s) => {
            const todo = s.units - s.done;
            return (
              <tr key={s.stage}>
                <th scope="row">{stageName(s.stage)}</th>
                <td class="num">
                  {s.at_most && todo > 0 ? t("stageAtMost", { n: count(todo, l) }) : count(todo, l)}
                  {s.done > 0 && <span class="dim small"> {t("stageEarlier", { n: count(s.done, l) })}</span>}
                </td>
                <td class="num">{todo > 0 ? `${lasting(s.low_s)} – ${lasting(s.high_s)}` : "—"}</td>
                <td class="less dim small">
                  {todo > 0 && (s.runs > 0 ? t("planRuns", { n: s.runs }) : t("planBuiltIn"))}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </>
  );
}

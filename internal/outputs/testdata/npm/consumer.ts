// What a front end does with the generated types. A line that must not compile says so, and
// the compiler refuses the mark where nothing is wrong.
import { labels, roleNames } from "./policy";
import type { Action, Assignment, Decision, Member, Permissions, Resource, RoleID, Workspace } from "./policy";

const shop: Workspace = { kind: "developer", id: "shop", tenant: "wallet" };
const tea: Resource = { workspace: shop, mini_program: "mp-42", owner: "dana" };
const assignment: Assignment = { role: "developer", mini_programs: ["mp-42"], not_after: "2027-01-31T00:00:00Z" };
const alice: Member = { id: "alice", workspace: shop, status: "active", assignments: [assignment] };
const granted: Permissions = { "report.export": ["assigned"] };
const action: Action = "report.export";
const text: string = labels[action].name + (labels[action].group ?? "") + roleNames.auditor;

export function show(decision: Decision): string {
  switch (decision.reason) {
    case "granted":
      return `${decision.role} ${decision.scope?.join()}`;
    case "not_assigned":
      return text;
    // @ts-expect-error: no such reason
    case "not_asigned":
      return "";
  }
  return `${tea.owner} ${alice.id} ${granted[action]}`;
}

// @ts-expect-error: no such action
export const misspelt: Action = "report.exprot";
// @ts-expect-error: no such role
export const unknown: RoleID = "cashier";
// @ts-expect-error: a tenant is required
export const half: Workspace = { kind: "developer", id: "shop" };
// @ts-expect-error: no such scope
export const wide: Permissions = { "report.export": ["everywhere"] };
// @ts-expect-error: no such key
export const other: Assignment = { role: "developer", miniPrograms: ["mp-42"] };

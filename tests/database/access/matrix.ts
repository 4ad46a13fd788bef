import type { Actor, Database, Person } from '../../support/database.ts'
import { type GivenOrganization, given } from '../../support/given.ts'
import { type Cast, type FurtherActorName, furtherActors, type Verb } from './actors.ts'
import * as admin from './entries/admin.ts'
import * as apiKeys from './entries/api_keys.ts'
import * as apps from './entries/apps.ts'
import * as audit from './entries/audit.ts'
import * as billing from './entries/billing.ts'
import * as billingInvoices from './entries/billing_invoices.ts'
import * as billingOnchain from './entries/billing_onchain.ts'
import * as billingPacks from './entries/billing_packs.ts'
import * as billingPayments from './entries/billing_payments.ts'
import * as billingPlanChange from './entries/billing_plan_change.ts'
import * as billingProviderPrices from './entries/billing_provider_prices.ts'
import * as billingRazorpay from './entries/billing_razorpay.ts'
import * as billingRevenue from './entries/billing_revenue.ts'
import * as billingStripe from './entries/billing_stripe.ts'
import * as billingUsage from './entries/billing_usage.ts'
import * as credits from './entries/credits.ts'
import * as documents from './entries/documents.ts'
import * as exported from './entries/exports.ts'
import * as files from './entries/files.ts'
import * as imports from './entries/imports.ts'
import * as invitations from './entries/invitations.ts'
import * as jobs from './entries/jobs.ts'
import * as limits from './entries/limits.ts'
import * as observability from './entries/observability.ts'
import * as people from './entries/people.ts'
import * as scans from './entries/scans.ts'
import * as sessions from './entries/sessions.ts'
import * as settings from './entries/settings.ts'
import * as shareLinks from './entries/share_links.ts'
import * as tenancy from './entries/tenancy.ts'
import * as webhookInbox from './entries/webhook_inbox.ts'
import * as webhooks from './entries/webhooks.ts'

/** What an actor gets: rows or a change (`yes`), no row (`none`), or a refusal of Postgres (`denied`). */
export type Answer = 'yes' | 'none' | 'denied'

/** Who tries; the columns of every line of the matrix, in this order. */
export const actors = ['anon', 'outsider', 'viewer', 'member', 'admin', 'owner', 'service_role'] as const

/** What exists when the verbs are tried on a table. */
export interface Scene {
  /** The organization whose rows are tried. */
  readonly organization: GivenOrganization
  readonly viewer: Person
  /** Owner of another organization. */
  readonly outsider: Person
  /** A person who belongs to no shared organization. */
  readonly newcomer: Person
}

/** One table: a row of the scene's organization, how to write it, and each actor's answer to each verb. */
export interface TableAccess {
  readonly table: string
  /** Condition that finds the row which is read, changed and deleted. */
  row(scene: Scene): string
  /** Columns and values of a new row. */
  insert(scene: Scene): string
  /** A change of the row. */
  readonly update: string
  /** Answers in the order of {@link actors}, separated by blanks. */
  readonly select: string
  readonly inserted: string
  readonly updated: string
  readonly deleted: string
  /** What the further actors get where it does not follow from the columns; see `furtherActors`. */
  readonly others?: Partial<Record<FurtherActorName, Partial<Record<Verb, Answer>>>>
}

/** Makes the people and rows that the matrix is tried on. */
export async function givenScene(db: Database): Promise<Scene> {
  const organization = await given.organization(db)
  const { person: viewer } = await given.member(db, { organization, role: 'viewer' })
  await db.exec(`
    with role as (
      insert into public.custom_roles (organization_id, name, base_role) values ('${organization.id}', 'Clerk', 'member')
      returning id
    )
    insert into public.custom_role_permissions (custom_role_id, organization_id, permission)
    select id, '${organization.id}', 'members.read' from role;
    insert into public.service_accounts (organization_id, name) values ('${organization.id}', 'Till');
    ${apiKeys.scene(organization.id)}
    ${webhooks.scene(organization.id)}
    ${billing.scene(organization.id)}
    ${billingPlanChange.scene(organization.id)}
    ${billingOnchain.scene(organization.id)}
    ${billingPacks.scene(organization.id)}
    ${billingPayments.scene(organization.id)}
    ${billingInvoices.scene(organization.id)}
    ${billingUsage.scene(organization.id)}
    ${imports.scene(organization.id)}
    ${credits.scene(organization.id)}
    ${invitations.scene(organization.id, organization.owner.id, organization.admin.id)}
    ${people.scene(organization)}
    ${files.scene(organization.id, organization.member.id)}
    ${shareLinks.scene(organization.id)}
    ${documents.scene(organization.id)}
    ${exported.scene(organization)}`)
  const { owner: outsider } = await given.organization(db)
  return { organization, viewer, outsider, newcomer: await given.person(db) }
}

/** Who an actor of the matrix is in a scene. */
export function actorIn(scene: Scene, actor: (typeof actors)[number]): Actor {
  switch (actor) {
    case 'anon':
    case 'service_role':
      return actor
    case 'outsider':
      return scene.outsider
    case 'viewer':
      return scene.viewer
    default:
      return scene.organization[actor]
  }
}

/** Everybody who tries, with what is the case meanwhile. */
export const everybodyIn = (cast: Cast) => [
  ...actors.map((name) => ({ name, actor: actorIn(cast, name), situation: '' })),
  ...furtherActors.map(({ name, who, situation }) => ({ name, actor: who(cast), situation: situation?.(cast) ?? '' })),
]

/** Who may run a function of schema public, by signature. */
export type Executable = Readonly<Record<string, readonly ('anon' | 'authenticated' | 'service_role')[]>>

// One file for each subject in entries/. A table of schema public without an entry fails the suite.
export const matrix: readonly TableAccess[] = [
  ...apiKeys.tables,
  ...audit.tables,
  ...files.tables,
  ...billing.tables,
  ...billingPlanChange.tables,
  ...billingOnchain.tables,
  ...billingPacks.tables,
  ...billingPayments.tables,
  ...billingInvoices.tables,
  ...billingUsage.tables,
  ...credits.tables,
  ...documents.tables,
  ...exported.tables,
  ...imports.tables,
  ...invitations.tables,
  ...people.tables,
  ...tenancy.tables,
  ...shareLinks.tables,
  ...webhooks.tables,
]

/** Every function of schema public; one without an entry fails the suite. */
export const executable: Executable = {
  ...apiKeys.executable,
  ...admin.executable,
  ...apps.executable,
  ...audit.executable,
  ...files.executable,
  ...billing.executable,
  ...billingPlanChange.executable,
  ...billingProviderPrices.executable,
  ...billingOnchain.executable,
  ...billingPacks.executable,
  ...billingRazorpay.executable,
  ...billingPayments.executable,
  ...billingInvoices.executable,
  ...billingRevenue.executable,
  ...billingUsage.executable,
  ...billingStripe.executable,
  ...credits.executable,
  ...documents.executable,
  ...exported.executable,
  ...scans.executable,
  ...imports.executable,
  ...invitations.executable,
  ...tenancy.executable,
  ...jobs.executable,
  ...webhookInbox.executable,
  ...webhooks.executable,
  ...observability.executable,
  ...limits.executable,
  ...sessions.executable,
  ...settings.executable,
  ...shareLinks.executable,
  ...people.executable,
}

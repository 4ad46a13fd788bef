import type { Hono } from 'hono'
import type { ActionField, Webhook } from './provider_schemas.ts'
import type { WebhookMessage } from './webhook_sender.ts'

/** A button that makes the provider do what it does by itself in the world, mostly send a webhook. */
export interface ProviderAction {
  readonly name: string
  readonly title: string
  /** One sentence: what happens then. */
  readonly description: string
  /** What is to be filled in, asked each time the page shows it. */
  fields(): readonly ActionField[]
  /** Why it cannot be used now; null when it can. */
  unavailable?(): string | null
  /**
   * @param values one text for each field
   * @returns one sentence that says what was done
   * @throws {SandboxError} when a value does not do
   */
  run(values: Readonly<Record<string, string>>): Promise<string>
}

/** A double of one provider of the outside world. */
export interface Provider {
  /** Lower case; its API is `/api/providers/<name>`. */
  readonly name: string
  readonly title: string
  /** One or two sentences for the page. */
  readonly description: string
  /** Where its own API is mounted, `/twilio` for instance. */
  readonly path: string
  /** The provider's HTTP protocol, paths as the provider has them. */
  readonly routes: Hono
  readonly actions: readonly ProviderAction[]
  /** The answer in the provider's own words when a dial makes a call fail. */
  fail(status: number): Response
  /** Forgets what it knows; what people look at (messages, mails) has buttons of its own. */
  reset(): void | Promise<void>
}

/** What the frame gives to a provider. */
export interface ProviderContext {
  /** Whether a dial says that this recipient is to be refused. */
  isRejected(recipient: string): boolean
  /** Sends a webhook in the provider's name; resolves after the first attempt, later ones go on by themselves. */
  sendWebhook(message: Omit<WebhookMessage, 'provider'>): Promise<Webhook>
}

/** Makes a provider; one such function in each provider's file, and one line for it in `all_providers.ts`. */
export type CreateProvider = (context: ProviderContext) => Provider

/** A field that is filled in by hand. */
export function textField(
  name: string,
  label: string,
  options: { value?: string; kind?: 'text' | 'url' | 'multiline'; isRequired?: boolean } = {},
): ActionField {
  const { value = '', kind = 'text', isRequired = true } = options
  return { name, label, kind, value, isRequired, options: [] }
}

/** A field with a list to choose from; the first is chosen. */
export function selectField(
  name: string,
  label: string,
  options: readonly { value: string; label: string }[],
): ActionField {
  return { name, label, kind: 'select', value: options[0]?.value ?? '', isRequired: true, options: [...options] }
}

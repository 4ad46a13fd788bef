import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { createTransport } from 'nodemailer'
import type { AuthConfig } from '../config.ts'
import { builtInTemplates, type MailKind } from './built_in.ts'
import { renderTemplate, type TemplateValues } from './template.ts'

/** Sends mails by SMTP. */
export interface Mailer {
  /** @throws when the server does not take the mail */
  send(kind: MailKind, to: string, values: TemplateValues): Promise<void>
  close(): void
}

/** Options of {@link createMailer}. */
export interface MailerOptions {
  readonly config: AuthConfig
  /** Server for mail where config.toml names none. */
  readonly smtp: { readonly host: string; readonly port: number }
  /** Folder that `content_path` starts from. */
  readonly projectFolder: string
}

/** Makes the sender of mail for the server of config.toml, or the sandbox. */
export function createMailer(options: MailerOptions): Mailer {
  const configured = options.config.email.smtp?.enabled ? options.config.email.smtp : null
  const transport = createTransport({
    host: configured?.host ?? options.smtp.host,
    port: configured?.port ?? options.smtp.port,
    secure: configured?.port === 465,
    ...(configured ? { auth: { user: configured.user, pass: configured.pass } } : { ignoreTLS: true }),
    connectionTimeout: 5000,
    greetingTimeout: 5000,
    socketTimeout: 10_000,
  })
  const from = { name: configured?.sender_name || 'Admin', address: configured?.admin_email || 'admin@email.com' }
  const readTemplate = templateReader(options)
  return {
    async send(kind, to, values) {
      const { subject, body } = await readTemplate(kind)
      await transport.sendMail({
        from,
        to,
        subject: renderTemplate(subject, values, { escape: false }),
        html: renderTemplate(body, values, { escape: true }),
      })
    },
    close: () => transport.close(),
  }
}

function templateReader(options: MailerOptions) {
  // Read for each mail, so that an edited template shows at once; a mail costs far more than the read.
  return async (kind: MailKind): Promise<{ subject: string; body: string }> => {
    const builtIn = builtInTemplates[kind]
    const { template, notification } = options.config.email
    const configured = template[kind] ?? notification[kind]
    const path = configured?.content_path
    return {
      subject: configured?.subject ?? builtIn.subject,
      body: path ? await readFile(resolve(options.projectFolder, path), 'utf8') : builtIn.body,
    }
  }
}

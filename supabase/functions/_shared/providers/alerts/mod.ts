import type { Env, Logger } from '../../runtime/mod.ts'
import { mailSender } from '../mail/mod.ts'
import { createLogSender } from './log.ts'
import { createMailAlertSender } from './mail.ts'
import type { AlertSender } from './port.ts'
import { createSlackSender } from './slack.ts'
import { createTeamsSender } from './teams.ts'

export type { AlertMessage, AlertOptions, AlertSender } from './port.ts'

/** The senders that the settings name; the log always. */
export function alertSenders(env: Env, logger: Logger): readonly AlertSender[] {
  return [
    createLogSender({ logger }),
    ...(env.ALERT_SLACK_WEBHOOK_URL ? [createSlackSender({ webhookUrl: env.ALERT_SLACK_WEBHOOK_URL })] : []),
    ...(env.ALERT_TEAMS_WEBHOOK_URL ? [createTeamsSender({ webhookUrl: env.ALERT_TEAMS_WEBHOOK_URL })] : []),
    ...(env.ALERT_MAIL_TO ? [createMailAlertSender({ mail: mailSender(env), to: env.ALERT_MAIL_TO })] : []),
  ]
}

/** Mails that tell what happened to an account, by their name in `[auth.email.notification]`. */
export type NotificationKind =
  | 'password_changed'
  | 'email_changed'
  | 'phone_changed'
  | 'identity_linked'
  | 'identity_unlinked'
  | 'mfa_factor_enrolled'
  | 'mfa_factor_unenrolled'

/** Kinds of mail, by the name that config.toml gives to their template. */
export type MailKind =
  | 'confirmation'
  | 'invite'
  | 'magic_link'
  | 'recovery'
  | 'email_change'
  | 'reauthentication'
  | NotificationKind

const notice = (title: string, sentence: string) => ({
  subject: title,
  body: `<h2>${title}</h2>\n\n<p>${sentence}</p>\n<p>If this was not you, contact support immediately.</p>\n`,
})

const link = (title: string, sentence: string, action: string) =>
  `<h2>${title}</h2>

<p>${sentence}</p>
<p><a href="{{ .ConfirmationURL }}">${action}</a></p>
<p>Alternatively, enter the code: {{ .Token }}</p>
`

/** Subject and body of each kind where config.toml gives none. */
export const builtInTemplates: Readonly<Record<MailKind, { subject: string; body: string }>> = {
  confirmation: {
    subject: 'Confirm Your Signup',
    body: link('Confirm your signup', 'Follow this link to confirm your user:', 'Confirm your mail'),
  },
  invite: {
    subject: 'You have been invited',
    body: link(
      'You have been invited',
      'You have been invited to create a user on {{ .SiteURL }}. Follow this link to accept the invite:',
      'Accept the invite',
    ),
  },
  magic_link: {
    subject: 'Your Magic Link',
    body: link('Magic Link', 'Follow this link to login:', 'Log In'),
  },
  recovery: {
    subject: 'Reset Your Password',
    body: link('Reset Password', 'Follow this link to reset the password for your user:', 'Reset Password'),
  },
  email_change: {
    subject: 'Confirm Email Change',
    body: link(
      'Confirm Change of Email',
      'Follow this link to confirm the update of your email from {{ .Email }} to {{ .NewEmail }}:',
      'Change Email',
    ),
  },
  reauthentication: {
    subject: 'Confirm Reauthentication',
    body: '<h2>Confirm reauthentication</h2>\n\n<p>Enter the code: {{ .Token }}</p>\n',
  },
  password_changed: notice('Your password has been changed', 'The password of your account {{ .Email }} was changed.'),
  email_changed: notice(
    'Your email address has been changed',
    'The address of your account was changed from {{ .OldEmail }} to {{ .Email }}.',
  ),
  phone_changed: notice(
    'Your phone number has been changed',
    'The number of your account {{ .Email }} was changed from {{ .OldPhone }} to {{ .Phone }}.',
  ),
  identity_linked: notice(
    'A new identity has been linked',
    'An identity of {{ .Provider }} was linked to your account {{ .Email }}.',
  ),
  identity_unlinked: notice(
    'An identity has been unlinked',
    'An identity of {{ .Provider }} was unlinked from your account {{ .Email }}.',
  ),
  mfa_factor_enrolled: notice(
    'A new MFA factor has been enrolled',
    'A factor ({{ .FactorType }}) was added to your account {{ .Email }}.',
  ),
  mfa_factor_unenrolled: notice(
    'An MFA factor has been unenrolled',
    'A factor ({{ .FactorType }}) was removed from your account {{ .Email }}.',
  ),
}

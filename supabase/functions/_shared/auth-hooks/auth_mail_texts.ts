/** The words of one kind of mail. `{...}` stand for values of the call. */
export interface AuthMailText {
  readonly subject: string
  readonly heading: string
  readonly paragraphs: readonly string[]
  /** Label of the button; mails without one have no link. */
  readonly action?: string
  readonly footnote: string
}

/** Kinds that ask to confirm something. */
export type RequestKind =
  | 'signup'
  | 'magiclink'
  | 'recovery'
  | 'invite'
  | 'email_change_current'
  | 'email_change_new'
  | 'reauthentication'

/** All mails of Auth in one language. */
export interface AuthMailTexts {
  readonly requests: Readonly<Record<RequestKind, AuthMailText>>
  /** By `email_action_type`. */
  readonly notices: Readonly<Record<string, AuthMailText>>
  /** How accounts and factors are called, by Auth's names. */
  readonly names: Readonly<Record<string, string>>
  /** Stand-ins where a call leaves a value out. */
  readonly unknown: Readonly<Record<'email' | 'new_email' | 'old_email' | 'provider' | 'factor_type', string>>
}

const notYou = 'If it was not you, ignore this mail; nothing happens without the link or the code.'
const notYouNotice = 'If it was not you, reset your password now and contact your administrator.'

/** Mails that ask to confirm something, by `email_action_type`. */
const requestTexts: AuthMailTexts['requests'] = {
  signup: {
    subject: 'Confirm your address for {brand}',
    heading: 'Welcome to {brand}',
    paragraphs: ['Please confirm that this address is yours. Then your account is ready.'],
    action: 'Confirm address',
    footnote: `You get this mail because someone signed up with this address. ${notYou}`,
  },
  magiclink: {
    subject: 'Your sign-in link for {brand}',
    heading: 'Sign in to {brand}',
    paragraphs: ['Use the button to sign in. It works once and only for a short time.'],
    action: 'Sign in',
    footnote: `You get this mail because someone asked to sign in with this address. ${notYou}`,
  },
  recovery: {
    subject: 'Reset your password for {brand}',
    heading: 'Reset your password',
    paragraphs: ['Use the button to choose a new password. It works once and only for a short time.'],
    action: 'Choose a new password',
    footnote: `You get this mail because someone asked to reset the password of this account. ${notYou}`,
  },
  invite: {
    subject: 'You are invited to {brand}',
    heading: 'You are invited to {brand}',
    paragraphs: ['Someone who works with {brand} would like you to join. Use the button to accept.'],
    action: 'Accept invitation',
    footnote: 'You get this mail because someone entered your address. If you do not want to join, ignore it.',
  },
  email_change_current: {
    subject: 'Confirm the change of your address for {brand}',
    heading: 'Change of your address',
    paragraphs: ['Your account is to move from {email} to {new_email}. Please confirm it here, at the old address.'],
    action: 'Confirm change',
    footnote: `You get this mail because someone asked to change the address of this account. ${notYou}`,
  },
  email_change_new: {
    subject: 'Confirm your new address for {brand}',
    heading: 'Your new address',
    paragraphs: ['Please confirm that {new_email} is to be the address of your account from now on.'],
    action: 'Confirm new address',
    footnote: `You get this mail because someone entered this address as their new one. ${notYou}`,
  },
  reauthentication: {
    subject: 'Your confirmation code for {brand}',
    heading: 'Confirm that it is you',
    paragraphs: ['You are about to change something important. Enter the code to go on.'],
    footnote: `You get this mail because someone signed in as you is changing the account. ${notYouNotice}`,
  },
}

/** Mails that tell what has happened, by `email_action_type`. */
const noticeTexts: AuthMailTexts['notices'] = {
  password_changed_notification: {
    subject: 'Your password was changed',
    heading: 'Your password was changed',
    paragraphs: ['The password of your {brand} account was changed just now.'],
    footnote: notYouNotice,
  },
  email_changed_notification: {
    subject: 'Your address was changed',
    heading: 'Your address was changed',
    paragraphs: ['Your {brand} account moved from {old_email} to {email}.'],
    footnote: 'If it was not you, contact your administrator now.',
  },
  phone_changed_notification: {
    subject: 'Your phone number was changed',
    heading: 'Your phone number was changed',
    paragraphs: ['The phone number of your {brand} account was changed just now.'],
    footnote: notYouNotice,
  },
  identity_linked_notification: {
    subject: 'A way to sign in was added',
    heading: 'A way to sign in was added',
    paragraphs: ['You can now sign in to your {brand} account with {provider}.'],
    footnote: notYouNotice,
  },
  identity_unlinked_notification: {
    subject: 'A way to sign in was removed',
    heading: 'A way to sign in was removed',
    paragraphs: ['Your {brand} account can no longer be entered with {provider}.'],
    footnote: notYouNotice,
  },
  mfa_factor_enrolled_notification: {
    subject: 'A second factor was added',
    heading: 'A second factor was added',
    paragraphs: ['A second factor ({factor_type}) now protects your {brand} account.'],
    footnote: notYouNotice,
  },
  mfa_factor_unenrolled_notification: {
    subject: 'A second factor was removed',
    heading: 'A second factor was removed',
    paragraphs: ['A second factor ({factor_type}) of your {brand} account was removed.'],
    footnote: notYouNotice,
  },
}

/** The mails in English. */
export const englishTexts: AuthMailTexts = {
  requests: requestTexts,
  notices: noticeTexts,
  names: {
    email: 'an e-mail address',
    google: 'Google',
    github: 'GitHub',
    apple: 'Apple',
    linkedin_oidc: 'LinkedIn',
    totp: 'an authenticator app',
    phone: 'a phone',
    webauthn: 'a passkey',
  },
  unknown: {
    email: 'no address',
    new_email: 'the new address',
    old_email: 'the old address',
    provider: 'another account',
    factor_type: 'a further check',
  },
}

/** The words of one kind of mail. `{...}` stand for values of the call. */
export interface AuthMailText {
  readonly subject: string
  readonly heading: string
  readonly paragraphs: readonly string[]
  /** Label of the button; mails without one have no link. */
  readonly action?: string
  readonly footnote: string
}

const notYou = 'If it was not you, ignore this mail; nothing happens without the link or the code.'
const notYouNotice = 'If it was not you, reset your password now and contact your administrator.'

/** Mails that ask to confirm something, by `email_action_type`. */
export const requestTexts = {
  signup: {
    subject: 'Confirm your address for Atrium',
    heading: 'Welcome to Atrium',
    paragraphs: ['Please confirm that this address is yours. Then your account is ready.'],
    action: 'Confirm address',
    footnote: `You get this mail because someone signed up with this address. ${notYou}`,
  },
  magiclink: {
    subject: 'Your sign-in link for Atrium',
    heading: 'Sign in to Atrium',
    paragraphs: ['Use the button to sign in. It works once and only for a short time.'],
    action: 'Sign in',
    footnote: `You get this mail because someone asked to sign in with this address. ${notYou}`,
  },
  recovery: {
    subject: 'Reset your password for Atrium',
    heading: 'Reset your password',
    paragraphs: ['Use the button to choose a new password. It works once and only for a short time.'],
    action: 'Choose a new password',
    footnote: `You get this mail because someone asked to reset the password of this account. ${notYou}`,
  },
  invite: {
    subject: 'You are invited to Atrium',
    heading: 'You are invited to Atrium',
    paragraphs: ['Someone who works with Atrium would like you to join. Use the button to accept.'],
    action: 'Accept invitation',
    footnote: 'You get this mail because someone entered your address. If you do not want to join, ignore it.',
  },
  email_change_current: {
    subject: 'Confirm the change of your address for Atrium',
    heading: 'Change of your address',
    paragraphs: ['Your account is to move from {email} to {new_email}. Please confirm it here, at the old address.'],
    action: 'Confirm change',
    footnote: `You get this mail because someone asked to change the address of this account. ${notYou}`,
  },
  email_change_new: {
    subject: 'Confirm your new address for Atrium',
    heading: 'Your new address',
    paragraphs: ['Please confirm that {new_email} is to be the address of your account from now on.'],
    action: 'Confirm new address',
    footnote: `You get this mail because someone entered this address as their new one. ${notYou}`,
  },
  reauthentication: {
    subject: 'Your confirmation code for Atrium',
    heading: 'Confirm that it is you',
    paragraphs: ['You are about to change something important. Enter the code to go on.'],
    footnote: `You get this mail because someone signed in as you is changing the account. ${notYouNotice}`,
  },
} as const satisfies Record<string, AuthMailText>

/** Mails that tell what has happened, by `email_action_type`. */
export const noticeTexts: Readonly<Record<string, AuthMailText>> = {
  password_changed_notification: {
    subject: 'Your password was changed',
    heading: 'Your password was changed',
    paragraphs: ['The password of your Atrium account was changed just now.'],
    footnote: notYouNotice,
  },
  email_changed_notification: {
    subject: 'Your address was changed',
    heading: 'Your address was changed',
    paragraphs: ['Your Atrium account moved from {old_email} to {email}.'],
    footnote: 'If it was not you, contact your administrator now.',
  },
  phone_changed_notification: {
    subject: 'Your phone number was changed',
    heading: 'Your phone number was changed',
    paragraphs: ['The phone number of your Atrium account was changed just now.'],
    footnote: notYouNotice,
  },
  identity_linked_notification: {
    subject: 'A way to sign in was added',
    heading: 'A way to sign in was added',
    paragraphs: ['You can now sign in to your Atrium account with {provider}.'],
    footnote: notYouNotice,
  },
  identity_unlinked_notification: {
    subject: 'A way to sign in was removed',
    heading: 'A way to sign in was removed',
    paragraphs: ['Your Atrium account can no longer be entered with {provider}.'],
    footnote: notYouNotice,
  },
  mfa_factor_enrolled_notification: {
    subject: 'A second factor was added',
    heading: 'A second factor was added',
    paragraphs: ['A second factor ({factor_type}) now protects your Atrium account.'],
    footnote: notYouNotice,
  },
  mfa_factor_unenrolled_notification: {
    subject: 'A second factor was removed',
    heading: 'A second factor was removed',
    paragraphs: ['A second factor ({factor_type}) of your Atrium account was removed.'],
    footnote: notYouNotice,
  },
}

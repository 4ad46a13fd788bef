import type { MailLocale } from '../mail/mod.ts'

/** What a person is told of, as `private.tell_of_security` names it. */
export const securityEvents = [
  'new_device',
  'recovery_codes_generated',
  'recovery_code_used',
  'account_locked',
  'deletion_requested',
  'deletion_cancelled',
  'app_connected',
] as const
export type SecurityEvent = (typeof securityEvents)[number]

/** The words of one kind of mail. `{...}` stand for details of the event. */
export interface SecurityMailText {
  readonly subject: string
  readonly heading: string
  readonly paragraphs: readonly string[]
  readonly footnote: string
}

const notYou =
  'If it was not you, change your password and end your other sessions now, then write to {support_address}.'
const pasVous =
  "Si ce n'est pas vous, changez votre mot de passe et fermez vos autres sessions maintenant, puis écrivez à {support_address}."

/** The mails in each language. */
export const securityMailTexts: Readonly<Record<MailLocale, Readonly<Record<SecurityEvent, SecurityMailText>>>> = {
  en: {
    new_device: {
      subject: 'New sign-in to {brand}',
      heading: 'You signed in from a new device or network',
      paragraphs: ['Device: {device}', 'Address: {ip_address}', 'Time: {occurred_at}'],
      footnote: notYou,
    },
    recovery_codes_generated: {
      subject: 'New recovery codes for {brand}',
      heading: 'You have new recovery codes',
      paragraphs: [
        'Ten recovery codes were made for your {brand} account at {occurred_at}. Codes from before do not work any more.',
      ],
      footnote: notYou,
    },
    recovery_code_used: {
      subject: 'A recovery code was used for {brand}',
      heading: 'Your second factor was removed with a recovery code',
      paragraphs: [
        'A recovery code was used for your {brand} account at {occurred_at}. Codes that are left: {left_count}.',
        'Add a second factor again, so that your account is protected.',
      ],
      footnote: notYou,
    },
    account_locked: {
      subject: 'Too many wrong passwords for {brand}',
      heading: 'Somebody entered wrong passwords',
      paragraphs: [
        'Your {brand} account takes no password for {minutes} minutes from {occurred_at} on, because too many were wrong.',
        'You can sign in with a link by mail meanwhile.',
      ],
      footnote:
        'If it was not you, somebody may be guessing. A second factor protects your account. Help: {support_address}.',
    },
    deletion_requested: {
      subject: 'Your {brand} account will be deleted',
      heading: 'You asked to delete your account',
      paragraphs: [
        'Your {brand} account will be deleted for good at {due_at}. Until then nothing is lost.',
        'If you change your mind, sign in before that and call the deletion off in the settings of your account.',
      ],
      footnote: notYou,
    },
    deletion_cancelled: {
      subject: 'Your {brand} account stays',
      heading: 'The deletion was called off',
      paragraphs: ['The deletion of your {brand} account was called off at {occurred_at}. Everything stays as it is.'],
      footnote: notYou,
    },
    app_connected: {
      subject: 'An app may use your {brand} account',
      heading: 'You connected an app',
      paragraphs: [
        'The app that calls itself "{app}" may act for you since {occurred_at}, in the organizations and with the permissions that you chose.',
        'You can look at what it may do and disconnect it at any time, in the settings of your account.',
      ],
      footnote: notYou,
    },
  },
  fr: {
    new_device: {
      subject: 'Nouvelle connexion à {brand}',
      heading: 'Vous vous êtes connecté depuis un nouvel appareil ou réseau',
      paragraphs: ['Appareil : {device}', 'Adresse : {ip_address}', 'Heure : {occurred_at}'],
      footnote: pasVous,
    },
    recovery_codes_generated: {
      subject: 'Nouveaux codes de secours pour {brand}',
      heading: 'Vous avez de nouveaux codes de secours',
      paragraphs: [
        'Dix codes de secours ont été créés pour votre compte {brand} le {occurred_at}. Les anciens ne fonctionnent plus.',
      ],
      footnote: pasVous,
    },
    recovery_code_used: {
      subject: 'Un code de secours a été utilisé pour {brand}',
      heading: 'Votre second facteur a été retiré avec un code de secours',
      paragraphs: [
        'Un code de secours a été utilisé pour votre compte {brand} le {occurred_at}. Codes restants : {left_count}.',
        'Ajoutez de nouveau un second facteur pour protéger votre compte.',
      ],
      footnote: pasVous,
    },
    account_locked: {
      subject: 'Trop de mots de passe erronés pour {brand}',
      heading: "Quelqu'un a saisi de mauvais mots de passe",
      paragraphs: [
        "Votre compte {brand} n'accepte aucun mot de passe pendant {minutes} minutes à partir du {occurred_at}, car trop étaient erronés.",
        'Vous pouvez vous connecter entre-temps avec un lien par e-mail.',
      ],
      footnote:
        "Si ce n'est pas vous, quelqu'un essaie peut-être de deviner. Un second facteur protège votre compte. Aide : {support_address}.",
    },
    deletion_requested: {
      subject: 'Votre compte {brand} va être supprimé',
      heading: 'Vous avez demandé la suppression de votre compte',
      paragraphs: [
        "Votre compte {brand} sera supprimé définitivement le {due_at}. D'ici là, rien n'est perdu.",
        "Si vous changez d'avis, connectez-vous avant cette date et annulez la suppression dans les paramètres de votre compte.",
      ],
      footnote: pasVous,
    },
    deletion_cancelled: {
      subject: 'Votre compte {brand} est conservé',
      heading: 'La suppression a été annulée',
      paragraphs: ['La suppression de votre compte {brand} a été annulée le {occurred_at}. Tout reste en place.'],
      footnote: pasVous,
    },
    app_connected: {
      subject: 'Une application peut utiliser votre compte {brand}',
      heading: 'Vous avez connecté une application',
      paragraphs: [
        "L'application qui se nomme « {app} » peut agir pour vous depuis le {occurred_at}, dans les organisations et avec les permissions que vous avez choisies.",
        "Vous pouvez voir ce qu'elle peut faire et la déconnecter à tout moment, dans les paramètres de votre compte.",
      ],
      footnote: pasVous,
    },
  },
}

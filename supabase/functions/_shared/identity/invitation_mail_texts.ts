import type { MailLocale } from '../mail/mod.ts'

/** The words of an invitation. `{...}` stand for names and the end of the invitation. */
export interface InvitationMailText {
  readonly subject: string
  readonly heading: string
  readonly paragraphs: readonly string[]
  readonly label: string
  readonly footnote: string
  /** Stands for an inviter whose account is gone. */
  readonly somebody: string
  /** How the fixed roles are called after "as". */
  readonly roles: Readonly<Record<string, string>>
}

/** The mail in each language. */
export const invitationMailTexts: Readonly<Record<MailLocale, InvitationMailText>> = {
  en: {
    subject: '{organization} invites you to {brand}',
    heading: '{organization} invites you',
    paragraphs: [
      '{inviter} invites you to work with {organization} on {brand} as {role}.',
      'Use the button to answer, signed in with this address or after signing up with it. The invitation is valid until {expires_at}.',
    ],
    label: 'View invitation',
    footnote:
      'You get this mail because someone entered your address. If you do not want to join, decline or ignore it; nothing happens then.',
    somebody: 'Somebody',
    roles: {
      admin: 'admin',
      campaign_manager: 'campaign manager',
      agent: 'agent',
      member: 'member',
      viewer: 'viewer',
      vendor: 'vendor',
      marketer: 'marketer',
      client: 'client',
      investor: 'investor',
    },
  },
  fr: {
    subject: '{organization} vous invite sur {brand}',
    heading: '{organization} vous invite',
    paragraphs: [
      '{inviter} vous invite à travailler avec {organization} sur {brand} (rôle : {role}).',
      "Utilisez le bouton pour répondre, connecté avec cette adresse ou après vous être inscrit avec elle. L'invitation est valable jusqu'au {expires_at}.",
    ],
    label: "Voir l'invitation",
    footnote:
      "Vous recevez ce message parce que quelqu'un a saisi votre adresse. Si vous ne souhaitez pas venir, refusez ou ignorez-le : il ne se passera rien.",
    somebody: "Quelqu'un",
    roles: {
      admin: 'administration',
      campaign_manager: 'gestion des campagnes',
      agent: 'agent',
      member: 'membre',
      viewer: 'consultation',
      vendor: 'fournisseur',
      marketer: 'commercialisation',
      client: 'client',
      investor: 'investisseur',
    },
  },
}

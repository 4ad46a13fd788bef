import type { AuthMailTexts } from './auth_mail_texts.ts'

const notYou = "Si ce n'est pas vous, ignorez ce message : rien ne se passe sans le lien ou le code."
const notYouNotice =
  "Si ce n'est pas vous, réinitialisez votre mot de passe maintenant et prévenez votre administrateur."

/** The mails in French. */
export const frenchTexts: AuthMailTexts = {
  requests: {
    signup: {
      subject: 'Confirmez votre adresse pour {brand}',
      heading: 'Bienvenue sur {brand}',
      paragraphs: ['Veuillez confirmer que cette adresse est la vôtre. Votre compte sera alors prêt.'],
      action: "Confirmer l'adresse",
      footnote: `Vous recevez ce message parce que quelqu'un s'est inscrit avec cette adresse. ${notYou}`,
    },
    magiclink: {
      subject: 'Votre lien de connexion à {brand}',
      heading: 'Connexion à {brand}',
      paragraphs: ['Utilisez le bouton pour vous connecter. Il fonctionne une seule fois et peu de temps.'],
      action: 'Se connecter',
      footnote: `Vous recevez ce message parce que quelqu'un a demandé à se connecter avec cette adresse. ${notYou}`,
    },
    recovery: {
      subject: 'Réinitialisez votre mot de passe {brand}',
      heading: 'Réinitialisez votre mot de passe',
      paragraphs: [
        'Utilisez le bouton pour choisir un nouveau mot de passe. Il fonctionne une seule fois et peu de temps.',
      ],
      action: 'Choisir un nouveau mot de passe',
      footnote: `Vous recevez ce message parce que quelqu'un a demandé à réinitialiser le mot de passe. ${notYou}`,
    },
    invite: {
      subject: 'Vous êtes invité sur {brand}',
      heading: 'Vous êtes invité sur {brand}',
      paragraphs: ["Quelqu'un qui utilise {brand} vous invite à le rejoindre. Utilisez le bouton pour accepter."],
      action: "Accepter l'invitation",
      footnote:
        "Vous recevez ce message parce que quelqu'un a saisi votre adresse. Si vous ne souhaitez pas venir, ignorez-le.",
    },
    email_change_current: {
      subject: "Confirmez le changement d'adresse pour {brand}",
      heading: "Changement d'adresse",
      paragraphs: [
        "Votre compte doit passer de {email} à {new_email}. Veuillez le confirmer ici, à l'ancienne adresse.",
      ],
      action: 'Confirmer le changement',
      footnote: `Vous recevez ce message parce que quelqu'un a demandé à changer l'adresse de ce compte. ${notYou}`,
    },
    email_change_new: {
      subject: 'Confirmez votre nouvelle adresse pour {brand}',
      heading: 'Votre nouvelle adresse',
      paragraphs: ["Veuillez confirmer que {new_email} sera désormais l'adresse de votre compte."],
      action: 'Confirmer la nouvelle adresse',
      footnote: `Vous recevez ce message parce que quelqu'un a saisi cette adresse comme la sienne. ${notYou}`,
    },
    reauthentication: {
      subject: 'Votre code de confirmation pour {brand}',
      heading: "Confirmez que c'est vous",
      paragraphs: ["Vous allez modifier quelque chose d'important. Saisissez le code pour continuer."],
      footnote: `Vous recevez ce message parce que quelqu'un, connecté en votre nom, modifie le compte. ${notYouNotice}`,
    },
  },
  notices: {
    password_changed_notification: {
      subject: 'Votre mot de passe a été modifié',
      heading: 'Votre mot de passe a été modifié',
      paragraphs: ["Le mot de passe de votre compte {brand} vient d'être modifié."],
      footnote: notYouNotice,
    },
    email_changed_notification: {
      subject: 'Votre adresse a été modifiée',
      heading: 'Votre adresse a été modifiée',
      paragraphs: ['Votre compte {brand} est passé de {old_email} à {email}.'],
      footnote: "Si ce n'est pas vous, prévenez votre administrateur maintenant.",
    },
    phone_changed_notification: {
      subject: 'Votre numéro de téléphone a été modifié',
      heading: 'Votre numéro de téléphone a été modifié',
      paragraphs: ["Le numéro de téléphone de votre compte {brand} vient d'être modifié."],
      footnote: notYouNotice,
    },
    identity_linked_notification: {
      subject: 'Un moyen de connexion a été ajouté',
      heading: 'Un moyen de connexion a été ajouté',
      paragraphs: ['Vous pouvez maintenant vous connecter à votre compte {brand} avec {provider}.'],
      footnote: notYouNotice,
    },
    identity_unlinked_notification: {
      subject: 'Un moyen de connexion a été retiré',
      heading: 'Un moyen de connexion a été retiré',
      paragraphs: ['On ne peut plus se connecter à votre compte {brand} avec {provider}.'],
      footnote: notYouNotice,
    },
    mfa_factor_enrolled_notification: {
      subject: 'Un second facteur a été ajouté',
      heading: 'Un second facteur a été ajouté',
      paragraphs: ['Un second facteur ({factor_type}) protège maintenant votre compte {brand}.'],
      footnote: notYouNotice,
    },
    mfa_factor_unenrolled_notification: {
      subject: 'Un second facteur a été retiré',
      heading: 'Un second facteur a été retiré',
      paragraphs: ['Un second facteur ({factor_type}) de votre compte {brand} a été retiré.'],
      footnote: notYouNotice,
    },
  },
  names: {
    email: 'une adresse e-mail',
    google: 'Google',
    github: 'GitHub',
    apple: 'Apple',
    linkedin_oidc: 'LinkedIn',
    totp: "une application d'authentification",
    phone: 'un téléphone',
    webauthn: "une clé d'accès",
  },
  unknown: {
    email: 'aucune adresse',
    new_email: 'la nouvelle adresse',
    old_email: "l'ancienne adresse",
    provider: 'un autre compte',
    factor_type: 'une autre vérification',
  },
}

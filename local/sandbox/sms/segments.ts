const gsmBasic =
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà'
const gsmExtended = '^{}\\[~]|€\f'

/** How many parts a text message has: 160 or 153 characters of GSM-7 each, 70 or 67 of UCS-2 when one does not fit. */
export function countSegments(text: string): number {
  let units = 0
  for (const character of text) {
    if (gsmBasic.includes(character)) units += 1
    else if (gsmExtended.includes(character)) units += 2
    else return count(text.length, 70, 67)
  }
  return count(units, 160, 153)
}

function count(units: number, alone: number, joined: number): number {
  return units <= alone ? 1 : Math.ceil(units / joined)
}

const digitsByCurrency: Readonly<Record<number, readonly string[]>> = {
  0: [
    ...['BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG'],
    ...['RWF', 'UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF'],
  ],
  3: ['BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND'],
  4: ['CLF', 'UYW'],
}
const digits = new Map(
  Object.entries(digitsByCurrency).flatMap(([count, codes]) => codes.map((code) => [code, Number(count)] as const)),
)

/**
 * How many decimals a currency's minor unit has by ISO 4217, as `private.currency_minor_digits` says: amounts are counted in
 * it. What `Intl` says is how people write them, which differs (HUF, IDR, PKR and others) and changes with the runtime.
 *
 * @param currency upper case
 */
export const minorDigits = (currency: string): number => digits.get(currency) ?? 2

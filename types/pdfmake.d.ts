// Its types on npm need those of browsers, which would then be there for the whole project; pdf_engine.ts has what it uses.
declare module 'pdfmake' {
  const pdfmake: unknown
  export = pdfmake
}

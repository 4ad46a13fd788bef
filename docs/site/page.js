import { drawSequence } from './sequence_diagram.js'

const methods = ['get', 'post', 'put', 'patch', 'delete']

/** Puts the samples of each operation under its description, where the page shows them. */
function withSamples(document) {
  for (const item of Object.values(document.paths)) {
    for (const method of methods) {
      const operation = item[method]
      const samples = operation?.['x-codeSamples'] ?? []
      const parts = samples.map(({ label, lang, source }) => `**${label}**\n\n\`\`\`${lang}\n${source}\n\`\`\``)
      if (operation) operation.description = [operation.description ?? '', ...parts].join('\n\n')
    }
  }
  return document
}

/** Draws the diagrams that the introduction holds as text; the text stays where one cannot be drawn. */
function drawDiagrams() {
  for (const block of document.querySelectorAll('pre')) {
    const text = block.textContent.trim()
    if (!text.startsWith('sequenceDiagram') || block.hidden) continue
    block.after(drawSequence(text))
    block.hidden = true
  }
}

async function show() {
  const place = document.querySelector('#document')
  try {
    const response = await fetch('openapi.json')
    if (!response.ok) throw new Error(`openapi.json: ${response.status}`)
    const description = await response.json()
    // Parts of the page come when they are opened, and the introduction after the first picture.
    new MutationObserver(drawDiagrams).observe(place, { childList: true, subtree: true })
    globalThis.SwaggerUIBundle({
      spec: withSamples(description),
      domNode: place,
      deepLinking: true,
      validatorUrl: null,
      defaultModelsExpandDepth: 0,
    })
  } catch (error) {
    place.textContent = `The API document cannot be shown: ${error.message}`
  }
}

await show()

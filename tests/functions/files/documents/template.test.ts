import { describe, expect, it } from 'vitest'
import { documentKinds, renderDocument } from '../../../../supabase/functions/_shared/documents/mod.ts'
import { letterData, letterRequest, renderLetter } from './given.ts'

const render = (body: string, data?: unknown) => renderDocument(letterRequest(body, data === undefined ? {} : { data }))
const invalid = (message: RegExp) => ({ code: 'document_template_invalid', message: expect.stringMatching(message) })

describe('templates', () => {
  it('[A9-10] merge the fields of their kind', async () => {
    const { text, title } = await renderLetter(
      '<p>{{ recipient.name }}, {{ date | date }}</p>{% for paragraph in paragraphs %}<p>{{ paragraph }}</p>{% endfor %}' +
        '<p>{{ organization.name }}</p>',
      { data: letterData('One.', 'Two.') },
    )
    expect(title).toBe('A subject')
    expect(text).toContain('Ada Obi, 20 November 2026')
    expect(text).toMatch(/One\.\s+Two\.\s+Lagoon Estates Ltd/)
  })

  it('write dates and numbers as the language of the document does', async () => {
    const body = "<p>{{ date | date }} {{ 1234.5 | number }} {{ 0.256 | percent }} {{ 123456 | money: 'EUR' }}</p>"
    const french = await renderLetter(body, {
      data: letterData(),
      locale: { locale: 'fr', timeZone: 'Europe/Paris' },
    })
    expect(french.text.replace(/\s/g, ' ')).toContain('20 novembre 2026 1 234,5 25,6 % 1 234,56 €')
    expect(french.text).toContain('Page 1 sur 1')
    const hindi = await renderLetter(body, { data: letterData(), locale: { locale: 'hi', timeZone: 'Asia/Kolkata' } })
    expect(hindi.text).toContain('पृष्ठ 1 / 1')
  })

  it('write amounts in the minor unit in which they are counted, whatever is usual where they are paid', async () => {
    const amounts = ['PKR', 'HUF', 'IDR', 'COP', 'USD', 'JPY', 'ISK', 'KWD', 'IQD'].map(
      (currency) => `{{ 1234567 | money: '${currency}' }}`,
    )
    const { text } = await renderLetter(`<p>${amounts.join(' ')}</p>`, { data: letterData() })
    expect(text.match(/[\d,.]*\d/g)?.filter((number) => number.includes('1,234') || number.includes('12,345'))).toEqual(
      [
        ...['12,345.67', '12,345.67', '12,345.67', '12,345.67', '12,345.67'],
        ...['1,234,567', '1,234,567', '1,234.567', '1,234.567'],
      ],
    )
  })

  it('never evaluate what stands in data', async () => {
    const { text } = await renderLetter('<p>{{ paragraphs[0] }}</p>', {
      data: letterData("{{ organization.name }} {% assign x = 1 %} {{ 'a' | upcase }}"),
    })
    expect(text).toContain("{{ organization.name }} {% assign x = 1 %} {{ 'a' | upcase }}")
  })

  it('escape what stands in data, through every way of writing it', async () => {
    const markup = '</p><page-break></page-break><h1>Forged</h1><img src="logo"><script>alert(1)</script>&amp;'
    const ways = [
      '<p>{{ paragraphs[0] }}</p>',
      '{% assign x = paragraphs[0] %}<p>{{ x }}</p>',
      '{% capture x %}{{ paragraphs[0] }}{% endcapture %}<p>{{ x }}</p>',
      "<p>{{ paragraphs | join: '' }}</p>",
      "<p>{{ '' | append: paragraphs[0] }}</p>",
      "{% cycle paragraphs[0], 'x' %}",
    ]
    for (const way of ways) {
      const body = way.startsWith('{% cycle') ? `<p>${way}</p>` : way
      const { pdf, text } = await renderLetter(body, { data: letterData(markup) })
      expect(pdf.pages, way).toHaveLength(1)
      expect(text.replaceAll('&lt;', '<').replaceAll('&gt;', '>'), way).toContain('<h1>Forged</h1>')
    }
    const title = { ...letterRequest('<p>x</p>').template, titleSource: '{{ subject }}' }
    const data = { ...letterData(), subject: '<b>Plot & 42</b>' }
    expect(await renderDocument(letterRequest('<p>x</p>', { template: title, data }))).toMatchObject({
      title: '<b>Plot & 42</b>',
    })
  })

  it.each([
    ['raw', '<p>{{ subject | raw }}</p>', /undefined filter: raw/],
    ['json', '<p>{{ recipient | json }}</p>', /undefined filter: json/],
    ['include', "{% include 'other' %}", /tag "include" not found/],
    ['render', "{% render '/etc/passwd' %}", /tag "render" not found/],
    ['layout', "{% layout 'x' %}", /tag "layout" not found/],
    ['a filter that is not there', '<p>{{ subject | explode }}</p>', /undefined filter: explode/],
    ['a tag that is not closed', '{% if subject %}<p>x</p>', /not closed/],
  ])('refuse %s', async (_what, body, message) => {
    await expect(render(body)).rejects.toMatchObject(invalid(message))
  })

  it.each([
    ['<p>{{ secret }}</p>', /"secret" is no field/],
    ['<p>{{ recipient.phone }}</p>', /"recipient\.phone" is no field/],
    ['<p>{{ recipient.name.constructor }}</p>', /is no field/],
    ['{% if false %}<p>{{ organization.billing_email }}</p>{% endif %}', /"organization\.billing_email" is no field/],
    ['{% for fact in facts %}<p>{{ fact.labell }}</p>{% endfor %}', /undefined variable: fact\.labell/],
    ['<p>{{ facts[0].price }}</p>', /"facts\.\[\]\.price" is no field/],
  ])('name the field in %s that their kind does not have', async (body, message) => {
    await expect(render(body)).rejects.toMatchObject(invalid(message))
  })

  it('may name a field that is empty', async () => {
    const { text } = await renderLetter('<p>[{{ reference }}] {% if place %}place{% else %}nowhere{% endif %}</p>', {
      data: letterData(),
    })
    expect(text).toContain('[] nowhere')
  })

  it.each([
    ['<div>x</div>', /no tag <div>/],
    ['<p onclick="x">x</p>', /<p> has no attribute "onclick"/],
    ['<p style="color:red">x</p>', /<p> has no attribute "style"/],
    ['<p class="huge">x</p>', /no class "huge"/],
    ['<p><a href="javascript:alert(1)">x</a></p>', /"href" of <a>/],
    ['<img src="https://example.com/x.png">', /"src" of <img>/],
    ['<img src="seal">', /no image "seal"/],
    ['loose text', /text cannot stand in the document itself/],
    ['<table><tr><p>x</p></tr></table>', /<p> cannot stand in <tr>/],
    ['<script>alert(1)</script>', /no tag <script>/],
    ['<dl><dd>x</dd></dl>', /<dd> must follow <dt>/],
    [`<table><tr>${'<td>x</td>'.repeat(13)}</tr></table>`, /13 columns/],
    [`${'<section>'.repeat(20)}<p>x</p>${'</section>'.repeat(20)}`, /too deep/],
    ['', /title is empty|./],
  ])('refuse the markup %s', async (body, message) => {
    const template = { ...letterRequest(body).template, ...(body === '' ? { titleSource: ' ' } : {}) }
    await expect(renderDocument(letterRequest(body, { template }))).rejects.toMatchObject(invalid(message))
  })

  it.each([
    ['steps', '{% for a in (1..1000) %}{% for b in (1..1000) %}{{ b }}{% endfor %}{% endfor %}'],
    ['memory', '{% assign x = (1..100000000) %}<p>{{ x | join }}</p>'],
    ['elements', '{% for a in (1..16000) %}<p></p>{% endfor %}'],
    ['text', '<p>{% for a in (1..20000) %}ten letters{% endfor %}</p>'],
    ['pages', '{% for a in (1..61) %}<p>x</p><page-break></page-break>{% endfor %}'],
  ])('that use too much of %s are ended', async (_what, body) => {
    await expect(render(body)).rejects.toMatchObject({ status: 422, code: 'document_too_large' })
  })

  it('are refused when they are too long themselves', async () => {
    await expect(render(`<p>${'x'.repeat(50_001)}</p>`)).rejects.toMatchObject(invalid(/longer than 50000/))
  })

  it('refuse data that is not of their kind, and say which field', async () => {
    await expect(render('<p>x</p>', { ...letterData(), date: 'tomorrow', extra: 1 })).rejects.toMatchObject({
      status: 422,
      code: 'document_data_invalid',
      details: expect.arrayContaining([expect.objectContaining({ path: 'date' })]),
    })
    const huge = letterData(...Array.from({ length: 60 }, () => 'x'.repeat(9_000)))
    await expect(render('<p>x</p>', huge)).rejects.toMatchObject({ code: 'document_too_large' })
  })

  it('of an unknown kind are refused', async () => {
    const template = { ...letterRequest('<p>x</p>').template, kind: 'poem' }
    await expect(renderDocument(letterRequest('', { template }))).rejects.toMatchObject({
      status: 422,
      code: 'document_kind_unknown',
    })
  })

  it('[FIL-13] [FIL-12] have kinds for compliance reports, campaign reports and letters, each with a sample', () => {
    expect(documentKinds.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['compliance_report', 'campaign_report', 'letter']),
    )
    for (const { schema, sample } of documentKinds) expect(schema.parse(sample)).toEqual(sample)
  })
})

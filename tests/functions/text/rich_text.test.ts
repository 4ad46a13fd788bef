import { Parser } from 'htmlparser2'
import { describe, expect, it } from 'vitest'
import {
  cleanLine,
  cleanPlainText,
  plainLine,
  richText,
  sanitizeRichText,
} from '../../../supabase/functions/_shared/text/mod.ts'

/** Ways in which others have smuggled a script through a filter. */
const attacks = [
  '<script>alert(1)</script>',
  '<SCRIPT SRC=//evil.example/x.js></SCRIPT>',
  '<scr<script>ipt>alert(1)</scr</script>ipt>',
  '<script>alert(1)//',
  '<<script>alert(1)//<</script>',
  '<img src=x onerror=alert(1)>',
  '<img src="x` `<script>alert(1)</script>"` `>',
  '<img src=x:alert(alt) onerror=eval(src) alt=0>',
  '<svg onload=alert(1)>',
  '<svg><script>alert&#40;1&#41;</script></svg>',
  '<svg><animate xlink:href=#x attributeName=href values=javascript:alert(1) /><a id=x><text x=20 y=20>X</text></a></svg>',
  '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">',
  '<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>',
  '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
  '<iframe src="javascript:alert(1)"></iframe>',
  '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
  '<object data="data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg=="></object>',
  '<embed src=javascript:alert(1)>',
  '<base href="javascript:alert(1)//">',
  '<meta http-equiv="refresh" content="0;url=javascript:alert(1)">',
  '<link rel=stylesheet href=//evil.example/x.css>',
  '<style>@import "//evil.example/x.css"</style>',
  '<a href="javascript:alert(1)">x</a>',
  '<a href="JaVaScRiPt:alert(1)">x</a>',
  '<a href="java\tscript:alert(1)">x</a>',
  '<a href="java&#10;script:alert(1)">x</a>',
  '<a href="&#106;&#97;&#118;&#97;&#115;&#99;&#114;&#105;&#112;&#116;&#58;alert(1)">x</a>',
  '<a href=" &#14; javascript:alert(1)">x</a>',
  '<a href="\u0001javascript:alert(1)">x</a>',
  '<a href="vbscript:msgbox(1)">x</a>',
  '<a href="data:text/html,<script>alert(1)</script>">x</a>',
  '<a href="//evil.example">x</a>',
  '<a href="https://ok.example" onclick="alert(1)" style="position:fixed">x</a>',
  '<a href="https://ok.example" target=_blank rel=opener>x</a>',
  '<p style="background:url(javascript:alert(1))">x</p>',
  '<p class="admin" id="login" onmouseover=alert(1)>x</p>',
  '<div onpointerenter=alert(1)>x</div>',
  '<details open ontoggle=alert(1)>x',
  '<video><source onerror=alert(1)></video>',
  '<input autofocus onfocus=alert(1)>',
  '<textarea autofocus onfocus=alert(1)></textarea>',
  '<template><script>alert(1)</script></template>',
  '<xmp><p title="</xmp><img src=x onerror=alert(1)>">',
  '<!--[if gte IE 4]><script>alert(1)</script><![endif]-->',
  '<? foo="><script>alert(1)</script>">',
  '<![CDATA[<script>alert(1)</script>]]>',
  '<p>\u0000<scr\u0000ipt>alert(1)</scr\u0000ipt></p>',
  '"><script>alert(1)</script>',
  '<p title="&lt;script&gt;">x</p>',
]
const tags = new Set('p br h1 h2 h3 strong b em i u s a ul ol li blockquote code pre hr'.split(' '))

/** What a browser would make of it: every tag and attribute that is not on our list. */
function foreignParts(html: string): string[] {
  const found: string[] = []
  const parser = new Parser({
    onopentag(name, attributes) {
      if (!tags.has(name)) found.push(name)
      for (const [attribute, value] of Object.entries(attributes)) {
        const isLink = name === 'a' && attribute === 'href' && /^(https?:\/\/|mailto:|tel:)/i.test(value)
        const isRel = name === 'a' && attribute === 'rel' && value === 'noopener noreferrer nofollow'
        if (!isLink && !isRel) found.push(`${name} ${attribute}=${value}`)
      }
    },
    oncomment: (text) => found.push(`comment ${text}`),
    onprocessinginstruction: (name) => found.push(name),
  })
  parser.end(html)
  return found
}

describe('rich text', () => {
  it.each(attacks)('[SEC-10] lets nothing act out of %s', (attack) => {
    const clean = sanitizeRichText(attack)
    expect(foreignParts(clean)).toEqual([])
    expect(sanitizeRichText(clean)).toBe(clean)
  })

  it('[SEC-10] keeps what people write', () => {
    const text =
      '<h2>Terms</h2><p>Pay <strong>within 14 days</strong>,<br />see <em>below</em> &amp; ask.</p>' +
      '<ul><li>one</li><li>two</li></ul><blockquote>quoted</blockquote><pre><code>1 &lt; 2</code></pre>'
    expect(sanitizeRichText(text)).toBe(text)
    expect(sanitizeRichText('<a href="https://ok.example/a?b=c&amp;d">link</a>')).toBe(
      '<a href="https://ok.example/a?b=c&amp;d" rel="noopener noreferrer nofollow">link</a>',
    )
    expect(sanitizeRichText('<a href="mailto:ann@example.com">mail</a>')).toContain('mailto:ann@example.com')
  })

  it('[SEC-10] is not brought down by deep nesting, and has a longest length as a field', () => {
    const deep = sanitizeRichText('<blockquote>'.repeat(5000))
    expect(deep.match(/<blockquote>/g)?.length ?? 0).toBeLessThanOrEqual(20)
    expect(richText(10).safeParse('a'.repeat(11)).success).toBe(false)
    expect(richText(100).parse('<b>a</b><script>b</script>')).toBe('<b>a</b>')
  })
})

describe('plain text', () => {
  it('[SEC-10] loses characters that forge what is shown, and nothing else', () => {
    expect(cleanPlainText('  a\u0000b\u202Efdp.exe\u2066\r\nc\td <b> ')).toBe('abfdp.exe\nc\td <b>')
    expect(cleanPlainText('e\u0301')).toBe('\u00e9')
    expect(cleanPlainText('👩‍👩‍👧 नमस्ते')).toBe('👩‍👩‍👧 नमस्ते')
  })

  it('[SEC-10] of one line can forge no header', () => {
    expect(cleanLine('Hello\r\nBcc: eve@example.com\u2028x')).toBe('Hello Bcc: eve@example.com x')
    expect(plainLine(20).safeParse(' \u0000 ').success).toBe(false)
    expect(plainLine(3).parse(' ab\n')).toBe('ab')
  })
})

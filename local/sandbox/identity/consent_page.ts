import { randomInt } from 'node:crypto'
import { html } from 'hono/html'
import { type Html, hostedPage, hostedPagePolicy } from '../hosted_page.ts'
import type { AuthorizeOptions } from './authorize.ts'
import type { Person } from './people.ts'

/** Policy of the page that posts an answer by itself. */
export const formPostPolicy = `${hostedPagePolicy}; script-src 'self'`

/** A person as a form holds it, right or not. */
type EditedPerson = Record<keyof Person, string | boolean | null>

/** The page where one chooses who signs in, changes the profile, or says no. */
export function consentPage(
  options: AuthorizeOptions & {
    clientId: string
    scopes: readonly string[]
    /** The request itself: forms go to the same address. */
    url: URL
    people: readonly Person[]
    hint: string | null
    /** The person in the form; `new` for an empty one, null for no form. */
    edited: Person | EditedPerson | 'new' | null
    trouble: string | null
  },
): Html {
  const { title, clientId, scopes, people, hint, edited, trouble } = options
  const plain = new URL(options.url)
  plain.searchParams.delete('sandbox_person')
  const action = plain.pathname + plain.search
  const editLink = (sub: string) => {
    const target = new URL(plain)
    target.searchParams.set('sandbox_person', sub)
    return `${target.pathname}${target.search}#edit`
  }
  const sorted = [...people].sort((a, b) => Number(b.sub === hint) - Number(a.sub === hint))
  return frame(
    `Sign in with ${title}`,
    html`<p class="stage">Sandbox, not the real ${title}</p>
      <h1>Sign in with ${title}</h1>
      <p class="asks"><strong>${clientId}</strong> asks for ${scopes.length > 0 ? scopes.join(', ') : 'your profile'}</p>
      <ul class="people">
        ${sorted.map((person) => personCard(person, { action, editLink: editLink(person.sub), options }))}
      </ul>
      ${
        edited === null
          ? html`<p><a class="other" href="${editLink('new')}">Somebody else</a></p>`
          : editForm(edited === 'new' ? newPerson() : edited, { action, options, trouble })
      }
      <form method="post" action="${action}" class="deny">
        <button name="decision" value="deny">Deny</button>
        <span>${title} then tells ${clientId} that you said no.</span>
      </form>`,
  )
}

function personCard(
  person: Person,
  { action, editLink, options }: { action: string; editLink: string; options: AuthorizeOptions },
): Html {
  const lacks = [
    person.email === null ? 'no e-mail' : person.emailVerified ? null : 'e-mail not verified',
    options.hasPosition && person.position === null ? 'no position' : null,
    options.hasCompany && person.company === null ? 'no company' : null,
  ].filter((lack) => lack !== null)
  const work = [options.hasPosition ? person.position : null, options.hasCompany ? person.company : null]
  const picture = person.picture?.startsWith('/') ? person.picture : `/identity/pictures/${person.sub}.svg`
  return html`<li>
    <img src="${picture}" alt="" width="44" height="44" />
    <div class="who">
      <strong>${person.name}</strong>
      <span>${[person.email, work.filter(Boolean).join(', ')].filter(Boolean).join(' · ')}</span>
      ${lacks.length > 0 ? html`<span class="lacks">${lacks.map((lack) => html`<em>${lack}</em>`)}</span>` : ''}
    </div>
    <form method="post" action="${action}">
      <input type="hidden" name="person" value="${person.sub}" />
      <button class="primary" aria-label="Continue as ${person.name}">Continue</button>
    </form>
    <a href="${editLink}" aria-label="Edit ${person.name}">Edit</a>
  </li>`
}

function editForm(
  person: Person | EditedPerson,
  { action, options, trouble }: { action: string; options: AuthorizeOptions; trouble: string | null },
): Html {
  const field = (name: keyof Person, label: string, note = '') =>
    html`<label
      ><span>${label}</span><input name="${name}" value="${person[name] ?? ''}" autocomplete="off" spellcheck="false" />
      ${note ? html`<small>${note}</small>` : ''}</label
    >`
  const check = (name: string, label: string, isChecked: boolean) =>
    html`<label class="check"
      ><input type="checkbox" name="${name}" ${isChecked ? 'checked' : ''} /><span>${label}</span></label
    >`
  return html`<form method="post" action="${action}" class="edit" id="edit" aria-label="Person who signs in">
    <h2>Who signs in</h2>
    ${trouble === null ? '' : html`<p class="trouble" role="alert">${trouble}</p>`} ${field('name', 'Name')}
    ${field('email', 'E-mail')} ${check('shares_email', 'Share the e-mail address', person.email !== null)}
    ${check('email_verified', 'The address is verified', person.emailVerified === true)}
    ${options.hasCompany ? field('company', 'Company', 'Empty: the profile has none') : ''}
    ${options.hasPosition ? field('position', 'Position', 'Empty: the profile has none') : ''}
    ${field('picture', 'Picture')} ${field('sub', 'Id', 'Stays the same for one person')}
    <button class="primary">Continue</button>
  </form>`
}

function newPerson(): EditedPerson {
  const sub = String(randomInt(10 ** 11, 10 ** 12))
  return { sub, name: '', email: '', emailVerified: true, picture: null, company: null, position: null }
}

/** Says what is wrong with a request that must not be answered by a redirect. */
export function refusalPage(title: string, reason: string): Html {
  return frame(
    `Cannot sign in with ${title}`,
    html`<p class="stage">Sandbox, not the real ${title}</p>
      <h1>This request cannot be answered</h1>
      <p class="trouble">${reason}</p>`,
  )
}

/** Posts the answer to the client, as Apple does. */
export function formPostPage(redirectUri: string, fields: Record<string, string>): Html {
  const inputs = Object.entries(fields).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`,
  )
  return frame(
    'One moment',
    html`<h1>One moment</h1>
      <form method="post" action="${redirectUri}">${inputs}<button class="primary">Continue</button></form>
      <script src="/form_post.js"></script>`,
  )
}

function frame(title: string, content: Html): Html {
  return hostedPage({ title, kind: 'consent', content })
}

// Asks a person whether an app may act for them. Plain files: any static host can serve them at /oauth/consent, with
// supabase.js of supabase-js and a config.json beside them. docs/domains/identity/third-party-apps.md says how.

const card = document.querySelector('#card')

/** What Auth's scopes tell an app of the account. */
const scopeTexts = {
  openid: 'who you are here',
  profile: 'your name and picture',
  email: 'your e-mail address',
  phone: 'your phone number',
}

/** An element with attributes and children; texts stay texts, whatever an app calls itself. */
function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'boolean') made.toggleAttribute(name, value)
    else if (typeof value === 'function') made.addEventListener(name, value)
    else made.setAttribute(name, value)
  }
  made.append(...children)
  return made
}

function show(...children) {
  card.replaceChildren(...children)
  card.querySelector('h1')?.setAttribute('tabindex', '-1')
  card.querySelector('input:not([type="checkbox"]), h1')?.focus()
}

/** Shows what went wrong in place of everything, or under what is shown. */
function fail(message, under) {
  const fault = element('p', { class: 'fault', role: 'alert' }, message)
  if (!under) return show(element('h1', {}, 'This did not work'), fault)
  under.querySelector('.fault')?.remove()
  under.append(fault)
}

const field = (name, label, attributes) =>
  element('label', { class: 'field' }, label, element('input', { name, required: true, ...attributes }))

/** A form that waits for its work and says what went wrong. */
function form(work, ...children) {
  const made = element('form', {}, ...children)
  made.addEventListener('submit', async (event) => {
    event.preventDefault()
    const buttons = made.querySelectorAll('button')
    for (const button of buttons) button.disabled = true
    try {
      await work(new FormData(made), event.submitter?.value)
    } catch (error) {
      fail(error.message, made)
    }
    for (const button of buttons) button.disabled = false
  })
  return made
}

/** The data of an answer of supabase-js. @throws what it was refused with */
async function answered(asking) {
  const { data, error } = await asking
  if (error) throw error
  return data
}

function signIn(client, next) {
  show(
    element('h1', {}, 'Sign in to go on'),
    element('p', { class: 'soft' }, 'An app asks to use your account. You decide after signing in.'),
    form(
      async (given) => {
        await answered(client.auth.signInWithPassword({ email: given.get('email'), password: given.get('password') }))
        await next()
      },
      field('email', 'E-mail address', { type: 'email', autocomplete: 'username' }),
      field('password', 'Password', { type: 'password', autocomplete: 'current-password' }),
      element('p', {}),
      element('button', { type: 'submit' }, 'Sign in'),
    ),
  )
}

/** Has the person prove again who they are: with the authenticator app where there is one, else by a code in a mail. */
async function verify(client, next) {
  const { totp } = await answered(client.auth.mfa.listFactors())
  const { user } = await answered(client.auth.getSession()).then(({ session }) => session)
  const [factor] = totp
  if (!factor) await answered(client.auth.signInWithOtp({ email: user.email, options: { shouldCreateUser: false } }))
  show(
    element('h1', {}, 'Is it you?'),
    element(
      'p',
      {},
      factor ? 'Enter the code of your authenticator app.' : `Enter the code that was sent to ${user.email}.`,
    ),
    form(
      async (given) => {
        const code = String(given.get('code')).trim()
        await answered(
          factor
            ? client.auth.mfa.challengeAndVerify({ factorId: factor.id, code })
            : client.auth.verifyOtp({ email: user.email, token: code, type: 'email' }),
        )
        await next()
      },
      field('code', 'Code', { inputmode: 'numeric', autocomplete: 'one-time-code' }),
      element('p', {}),
      element('button', { type: 'submit' }, 'Go on'),
    ),
  )
}

const choice = (name, value, text, checked) =>
  element('label', {}, element('input', { type: 'checkbox', name, value, checked }), element('span', {}, text))

function ask(client, details, wanted) {
  const { permissions, organizations } = wanted
  const isNew = organizations.every(({ granted }) => granted.length === 0)
  const granted = new Set(organizations.flatMap((organization) => organization.granted))
  const name = details.client.name || 'An app without a name'
  const told = details.scope.split(' ').map((scope) => scopeTexts[scope] ?? scope)
  show(
    element('h1', {}, `${name} wants to use your account`),
    element(
      'p',
      { class: 'soft' },
      `You are signed in as ${details.user.email ?? details.user.id}. Afterwards you go to ${new URL(details.redirect_uri).host}. `,
      'Nobody has checked what the app calls itself: go on only if you came from there.',
    ),
    element('p', {}, `It learns ${told.join(', ')}.`),
    form(
      (given, action) => (action === 'deny' ? deny() : allow(given.getAll('organization'), given.getAll('permission'))),
      ...(permissions.length === 0
        ? []
        : [
            element(
              'fieldset',
              {},
              element('legend', {}, 'What it may do, as far as you may'),
              ...permissions.map(({ permission, description, needs_verification }) =>
                choice('permission', permission, description, isNew ? !needs_verification : granted.has(permission)),
              ),
            ),
            element(
              'fieldset',
              {},
              element('legend', {}, 'Where'),
              ...organizations.map(({ organization_id, name: title, granted: there }) =>
                choice('organization', organization_id, title, there.length > 0),
              ),
              element('p', { class: 'soft' }, 'Choose none to let it sign you in and no more.'),
            ),
          ]),
      element(
        'div',
        { class: 'actions' },
        element('button', { type: 'submit', value: 'allow' }, 'Allow'),
        element('button', { type: 'submit', value: 'deny', formnovalidate: true }, 'Deny'),
      ),
      element('p', {}),
    ),
    element('button', { type: 'button', click: () => leave() }, 'Not you? Sign out'),
  )

  async function allow(organization_ids, chosen) {
    const client_id = details.client.id
    if (organization_ids.length > 0 && chosen.length > 0) {
      const { error } = await client.rpc('grant_app', { client_id, organization_ids, permissions: chosen })
      const isUnproved = error?.code === 'verification_required' || error?.code === 'second_factor_required'
      if (isUnproved) return verify(client, () => allow(organization_ids, chosen))
      if (error) throw error
    } else if (!isNew) {
      await answered(client.rpc('disconnect_app', { client_id }))
    }
    await goOn(client.auth.oauth.approveAuthorization(details.authorization_id, { skipBrowserRedirect: true }))
  }
  const deny = () => goOn(client.auth.oauth.denyAuthorization(details.authorization_id, { skipBrowserRedirect: true }))
  const goOn = async (asking) => location.assign((await answered(asking)).redirect_url)
  async function leave() {
    await client.auth.signOut({ scope: 'local' })
    // Who signs in now is another person than the one that the request was shown to.
    show(element('h1', {}, 'You are signed out'), element('p', {}, 'Go back to the app and start again.'))
  }
}

async function start() {
  const id = new URLSearchParams(location.search).get('authorization_id')
  if (!id) return fail('No app asks for anything. Start from the app that you want to connect.')
  // A page around this one could show something else over the button.
  if (window.top !== window.self) return fail('This page does not open inside others.')
  const { url, publishableKey } = await fetch('config.json').then((response) => response.json())
  const client = window.supabase.createClient(url, publishableKey)
  const { session } = await answered(client.auth.getSession())
  if (!session) return signIn(client, () => consent(client, id))
  await consent(client, id)
}

async function consent(client, id) {
  const details = await answered(client.auth.oauth.getAuthorizationDetails(id))
  // Allowed before: Auth asks no second time.
  if ('redirect_url' in details) return location.assign(details.redirect_url)
  ask(client, details, await answered(client.rpc('get_app_request', { client_id: details.client.id })))
}

start().catch((error) => fail(error.message))

import { walkBilling } from './demo/billing.ts'
import { walkDocuments } from './demo/documents.ts'
import { walkIdentity } from './demo/identity.ts'
import { walkInvitation } from './demo/invitations.ts'
import { walkOrganization } from './demo/organization.ts'
import { signUp } from './demo/people.ts'
import { walkPlatform } from './demo/platform.ts'
import { walkServices } from './demo/services.ts'
import { walkLinkedIn } from './demo/sign_in.ts'
import { expect, say, stepCount } from './demo/story.ts'
import { findTarget, type Target } from './demo/target.ts'

// Walks through the stack as its users would: everything goes through the public API, with the official client.

/** @returns the PDF that was made on the way */
async function walk(target: Target): Promise<string> {
  const ada = await signUp(target, 'Ada')
  const ben = await signUp(target, 'Ben')
  const organizationId = await walkOrganization(target, ada, ben)
  await walkInvitation(target, ada, organizationId)
  await walkIdentity(target, ada, organizationId)
  await walkPlatform(target, ada, organizationId)
  const document = await walkDocuments(ada, organizationId, target.outputFolder)
  await walkBilling(target, ada, organizationId)
  await walkServices(target, { ada, ben, organizationId })
  await walkLinkedIn(target, ben)
  say('The function “health” looks at everything')
  const health = await fetch(`${target.apiUrl}/functions/v1/health/ready`)
  expect(health.status === 200, `ready: ${JSON.stringify(await health.json())}`)
  return document
}

const started = performance.now()
const target = await findTarget()
try {
  const document = await walk(target)
  console.log(`\nThe demo ended well, ${stepCount()} steps in ${((performance.now() - started) / 1000).toFixed(1)} s.`)
  console.log(`The mails and messages it sent: ${target.sandboxUrl}`)
  console.log(`The PDF it made: ${document}`)
} catch (error) {
  const reason = error instanceof Error ? error.message : JSON.stringify(error)
  console.error(`\nThe demo failed at step ${stepCount()}: ${reason}`)
  process.exitCode = 1
} finally {
  await target.end()
}

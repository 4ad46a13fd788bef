import { createFunctionsService, edgeRuntimeSection, functionsSection } from '../../../local/functions/mod.ts'
import { silentLogger } from '../../../local/logger.ts'
import { serve } from './support.ts'

// A host in a process of its own, for the test that kills it: prints what the function `pid` answers and stays.
const [functionsFolder = ''] = process.argv.slice(2)
const server = await serve(
  await createFunctionsService({
    functionsFolder,
    config: {
      functions: functionsSection.parse({ pid: { verify_jwt: false } }),
      edge_runtime: edgeRuntimeSection.parse({}),
    },
    environment: {},
    verifyToken: async () => ({}),
    logger: silentLogger,
    watch: false,
  }),
)
process.stdout.write(await (await server.fetch('/pid')).text())

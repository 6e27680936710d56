// Settings of npm packages that come with requests: who may have which, how much, and from where.
import { integer, text } from './setting.ts'

const MIB = 1_024 * 1_024
const NAME = '(?:\\*|@[A-Za-z0-9~-][\\w.~-]*/(?:\\*|[A-Za-z0-9~-][\\w.~-]*)|[A-Za-z0-9~-][\\w.~-]*)'
const PATTERNS = new RegExp(`^(?:${NAME}(?:, *${NAME})*)?$`, 'u')
const ALLOWED = 'names of packages, `@scope/*` or `*`, divided by commas'

export const PACKAGES = {
  dependencies: integer({
    description: 'Packages of npm that one request may name in `dependencies`.',
    default: 32,
    min: 1,
    max: 1_000,
    off: 0,
  }),
  packagesAllow: text({
    description:
      'Packages that requests may name, such as `lodash, @scope/*`; what those need comes along. Without it requests may name all.',
    default: '',
    describedDefault: 'all',
    allowed: ALLOWED,
    pattern: PATTERNS,
  }),
  packagesDeny: text({
    description: 'Packages that are never installed, whether a request or another package asks for them.',
    default: '',
    describedDefault: 'none',
    allowed: ALLOWED,
    pattern: PATTERNS,
  }),
  npmRegistry: text({
    description:
      'URL of the registry that packages come from, and of no other host; credentials are neither read nor sent.',
    default: '',
    describedDefault: 'that of `npm_config_registry` or the `.npmrc` of the user, else what npm has built in',
    allowed: 'an http or https URL without user, query and fragment',
    pattern: /^(?:https?:\/\/[^\s/@?#]+(?:\/[^\s@?#]*)?)?$/u,
  }),
  packagesMax: integer({
    description: 'Packages of one installation, those that others need included.',
    default: 500,
    min: 1,
    max: 10_000,
  }),
  packagesBytes: integer({
    description: 'Files of one installation, and of its archives, each all together.',
    default: 128 * MIB,
    min: MIB,
    max: 2_048 * MIB,
    unit: 'bytes',
  }),
  packagesFiles: integer({
    description: 'Number of files of one installation.',
    default: 20_000,
    min: 10,
    max: 500_000,
  }),
  packagesMs: integer({
    description: 'How long one installation may take.',
    default: 120_000,
    min: 1_000,
    max: 3_600_000,
    unit: 'ms',
  }),
  packagesCacheBytes: integer({
    description:
      'Installations and archives that are kept in `packages` of `DATA_DIR`, all together; what was used longest ago goes first.',
    default: 2_048 * MIB,
    min: 128 * MIB,
    max: 1_048_576 * MIB,
    unit: 'bytes',
  }),
}

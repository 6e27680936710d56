// What the registry says of each package, kept while one installation is resolved.

interface Packument {
  readonly versions?: Readonly<Record<string, object>>
}

/** The cache that npm's modules ask; their own keeps as much as memory has and believes every flag. */
export class Packuments extends Map<string, Packument | Promise<Packument>> {
  /** A lock that a package brings along is not followed: what it needs is resolved like everything else. */
  override set(key: string, packument: Packument | Promise<Packument>): this {
    if (!(packument instanceof Promise))
      for (const version of Object.values(packument.versions ?? {})) Reflect.deleteProperty(version, '_hasShrinkwrap')
    return super.set(key, packument)
  }
}

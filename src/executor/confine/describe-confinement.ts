// Names the layers of confinement that took hold, for the ready message, the start log and the doctor.
import type { ConfinementState } from './confine-self.ts'

/** At most seven texts under 64 characters, the outermost layer first. */
export function describeConfinement(state: ConfinementState): readonly string[] {
  const { landlock } = state
  return [
    ...(state.level === 'bubblewrap' ? ['bubblewrap'] : []),
    ...(state.noNewPrivileges ? ['no_new_privs'] : []),
    ...(landlock === null
      ? []
      : [`landlock ABI ${landlock.abi}${landlock.everyThread ? '' : ' (main thread and later ones)'}`]),
    ...(state.seccomp ? ['seccomp allow-list'] : []),
    state.ownUser ? `uid ${state.uid}` : `uid ${state.uid} (the parent's)`,
    ...(state.droppedPermissions.length > 0 ? ['permission model, all dropped'] : []),
    ...state.problems.slice(0, 2).map((problem) => `missing: ${problem}`.slice(0, 64)),
  ]
}

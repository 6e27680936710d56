// The classes of events as they were made, with what the guest program itself does with them.
import type { EventClasses } from '../../globals/events/load-event-classes.ts'
import { loadEvents } from '../host.ts'

export function eventClasses(): EventClasses {
  return (loadEvents as () => EventClasses)()
}

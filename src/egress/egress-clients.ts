// The two ways out: to public addresses, and to the hosts that the operator names, wherever they are.
import { createAddressCheck } from './check-address.ts'
import { EgressClient } from './egress-client.ts'

/** Two pools, so that a connection to a listed host is never used for another name. */
export interface EgressClients {
  /** Connects to public addresses only. */
  readonly publicClient: EgressClient
  /** Connects to any address; asked for hosts of the operator's list only. */
  readonly listedClient: EgressClient
}

const ANYWHERE = ['0.0.0.0/0', '::/0']

/** @param requestsMax in progress, in each of the two. */
export function createEgressClients(requestsMax: number): EgressClients {
  return {
    publicClient: new EgressClient({ check: createAddressCheck([]), requestsMax }),
    listedClient: new EgressClient({ check: createAddressCheck(ANYWHERE), requestsMax }),
  }
}

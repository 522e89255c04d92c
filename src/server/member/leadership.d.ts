/** Who leads, since when, and what that means: for metrics, for the log, and for why a request got no answer in time. */
import { type ApiError } from '../../core/api/index.ts';
import { type MemberId, type SoftState } from '../../core/raft/index.ts';
import type { MemberParts } from './parts.ts';
export declare class Leadership {
    #private;
    constructor(parts: MemberParts);
    get isLeader(): boolean;
    /** NOBODY while no leader is known. */
    get leader(): MemberId;
    /** Takes what raft tells; true where the leader is another one now, or gone, after there was one. */
    update(state: SoftState, term: number): boolean;
    /** Why a request that came at `sinceMs` has timed out, as etcd tells its clients. */
    timeoutError(sinceMs: number): ApiError;
    /** The voter that has been reachable for longest: the best to hand the leadership to. */
    longestConnectedVoter(): MemberId | undefined;
}

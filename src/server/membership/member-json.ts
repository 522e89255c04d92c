/**
 * A member as the JSON that etcd keeps in the `members` bucket and in the context of a configuration change. Ids are
 * JSON numbers above 2^53 there, which JSON.parse would round, so the id is read from the text.
 */
import { OperationError } from '../../base/errors.ts';
import type { Member } from './member.ts';

export function memberToJson(member: Member, isPromote = false): string {
  const rest = {
    peerURLs: member.peerUrls,
    ...(member.isLearner ? { isLearner: true } : {}),
    ...(member.name === '' ? {} : { name: member.name }),
    ...(member.clientUrls.length === 0 ? {} : { clientURLs: member.clientUrls }),
    ...(isPromote ? { isPromote: true } : {}),
  };
  return `{"id":${member.id},${JSON.stringify(rest).slice(1)}`;
}

export function memberFromJson(text: string): { member: Member; isPromote: boolean } {
  const id = /"id"\s*:\s*(\d+)/.exec(text)?.[1];
  const fields = JSON.parse(text) as Partial<Record<string, unknown>>;
  if (id === undefined || !Array.isArray(fields['peerURLs'])) {
    throw new OperationError(`not a member record: ${text.slice(0, 80)}`);
  }
  const member: Member = {
    id: BigInt(id),
    name: typeof fields['name'] === 'string' ? fields['name'] : '',
    peerUrls: fields['peerURLs'].map(String),
    clientUrls: Array.isArray(fields['clientURLs']) ? fields['clientURLs'].map(String) : [],
    isLearner: fields['isLearner'] === true,
  };
  return { member, isPromote: fields['isPromote'] === true };
}

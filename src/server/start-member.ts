/**
 * Starts a member on a real disk and real ports from its configuration, and stops it again leaving nothing behind.
 */
import type { Backend } from '../base/backend.ts';
import type { Clock } from '../base/clock.ts';
import type { Disk, DiskLock } from '../base/disk.ts';
import type { Random } from '../base/random.ts';
import { RAFT_DEFAULTS, RaftNode } from '../core/raft/index.ts';
import type { DiskModel } from '../storage/disk-models/index.ts';
import { openLmdbBackend } from '../storage/backend/index.ts';
import { hasLog } from '../storage/wal/index.ts';
import { serverTlsOptions } from '../wire/transport/tls-files.ts';
import { ClosingSteps } from './boot/closing-steps.ts';
import { dataLayout, type DataLayout } from './boot/layout.ts';
import { bootstrapDefrag } from './boot/bootstrap-defrag.ts';
import { startFields } from './boot/start-fields.ts';
import { decideFirstStart } from './boot/first-start.ts';
import { compareWithPeers } from './boot/initial-check.ts';
import { assertPortsFree } from './boot/free-ports.ts';
import { openMemberLog } from './boot/member-log.ts';
import type { OpenedLog } from './boot/open-log.ts';
import { openPorts } from './boot/ports.ts';
import { withAutoTls } from './boot/auto-tls.ts';
import { memberSettings, serviceOptions } from './boot/settings.ts';
import { dialTlsOptions } from './boot/tls.ts';
import type { MemberConfig } from './config/member-config.ts';
import type { HttpRoute } from './http/client-port.ts';
import { peerPortListener } from './http/peer-port.ts';
import type { Logger } from './log.ts';
import { DiskPacedRaft } from './consensus/disk-paced-raft.ts';
import { hexId } from './membership/member.ts';
import { Membership } from './membership/membership.ts';
import { MemberRemovedError } from './membership/removed.ts';
import { exportFeatures } from './metrics/feature-metrics.ts';
import { memberMetrics } from './metrics/member-metrics.ts';
import { exportProcessMetrics } from './metrics/process-metrics.ts';
import type { LinkFaults } from './peer/link-faults.ts';
import { TcpTransport } from './peer/tcp-transport.ts';
import { MemberServices } from './services.ts';

export interface StartOptions {
  readonly config: MemberConfig;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly ownVersion: string;
  readonly linkFaults: LinkFaults;
  /** The write-ahead log's disk is slowed down to this one, and raft waits for it as etcd's does. */
  readonly diskModel?: DiskModel | undefined;
  /** The member cannot go on; the process is to end with an error. */
  readonly onFatal: (error: Error) => void;
  /** Further routes of the client port. */
  readonly routes: (services: MemberServices) => readonly HttpRoute[];
}

export interface StartedMember {
  readonly services: MemberServices;
  /** Resolves when clients can be served. */
  readonly ready: Promise<void>;
  /** Reads certificates again. */
  reloadTls(): void;
  stop(): Promise<void>;
  /** Which step of `stop` is under way. */
  readonly closingStep: string | undefined;
}

const HAND_OVER_POLL_MS = 10;
/** Below raft's default: what is applied in one turn of the event loop keeps everybody else waiting. */
const COMMITTED_BYTES_PER_READY = 512 * 1024;

export async function startMember(given: StartOptions): Promise<StartedMember> {
  const { disk, log } = given;
  const config = await withAutoTls(given.config, given.clock.wallMs(), log);
  const options = { ...given, config };
  const layout = dataLayout(config.dataDir, config.walDir);
  log.info('starting an etcd server', startFields(config, options.ownVersion));
  const { listenClientUrls, listenClientHttpUrls, listenPeerUrls, listenMetricsUrls } = config;
  await assertPortsFree([...listenClientUrls, ...listenClientHttpUrls, ...listenPeerUrls, ...listenMetricsUrls]);
  const lock = claim(disk, layout);
  const closing = new ClosingSteps();
  closing.add('lock of the data directory', () => lock.release());
  try {
    return await assemble(options, layout, closing);
  } catch (error) {
    await closing.close();
    throw error;
  }
}

function claim(disk: Disk, layout: DataLayout): DiskLock {
  disk.makeDirectory(layout.member);
  disk.makeDirectory(layout.snap);
  disk.syncDirectory(layout.member);
  return disk.lock(layout.member);
}

async function assemble(options: StartOptions, layout: DataLayout, closing: ClosingSteps): Promise<StartedMember> {
  const { config, disk, clock, random, log, diskModel } = options;
  const metrics = memberMetrics();
  exportProcessMetrics(metrics.registry);
  exportFeatures(metrics.registry, config.features.gates);
  disk.makeDirectory(layout.db);
  const backend = openLmdbBackend(layout.db, { nowMs: () => clock.nowMs() });
  closing.add('backend', () => closeBackend(backend));
  const hasLogAlready = hasLog(disk, layout.wal);
  const first = await decideFirstStart(config, hasLogAlready);
  const opened = await openMemberLog({
    config,
    layout,
    disk,
    clock,
    backend,
    random,
    log,
    metrics,
    diskModel,
    firstStart: first.start,
    onFatal: options.onFatal,
  });
  closing.add('write-ahead log', () => new Promise((resolve) => opened.close(resolve)));
  await bootstrapDefrag(backend, config.bootstrapDefragBytes, log);
  const settings = memberSettings(config);
  const membership = Membership.from(backend);
  const raft = new (diskModel === undefined ? RaftNode : DiskPacedRaft)(
    {
      ...RAFT_DEFAULTS,
      id: opened.id,
      electionTicks: Math.max(2, Math.round(config.electionMs / config.heartbeatMs)),
      preVote: config.preVote,
      maxCommittedBytesPerReady: COMMITTED_BYTES_PER_READY,
      random: random.fork(),
    },
    opened.restored,
  );
  const peerTls = dialTlsOptions(config);
  // The peer port answers before there is anything that could be hashed.
  const built: { services?: MemberServices } = {};
  const transport = new TcpTransport({
    clusterId: opened.clusterId,
    id: opened.id,
    listenUrls: config.listenPeerUrls,
    serverTls: config.peerTls && serverTlsOptions(config.peerTls),
    clientTls: peerTls,
    faults: options.linkFaults,
    clock,
    random: random.fork(),
    log,
    registry: metrics.registry,
    allowed: config.allowedPeers,
    crlFile: config.peerTls?.crlFile,
    isRemoved: (id) => membership.wasRemoved(id),
    onRemoved: () => options.onFatal(new MemberRemovedError()),
    plain: peerPortListener({
      clusterId: opened.clusterId,
      membership,
      hashAt: (revision, done) => {
        if (built.services === undefined) done(undefined);
        else built.services.hashAt(revision, done);
      },
    }),
  });
  await transport.listen();
  closing.add('peer transport', () => new Promise((resolve) => transport.stop(resolve)));
  const services = new MemberServices(
    {
      id: opened.id,
      clusterId: opened.clusterId,
      name: config.name,
      clientUrls: config.advertiseClientUrls,
      settings,
      clock,
      random,
      log,
      metrics,
      backend,
      membership,
      raft,
      isAlone: isOnlyVoter(opened, membership, first.start.entries.length),
      mark: opened.restored.snapshot,
      wal: raft instanceof DiskPacedRaft ? raft.pacedBy(opened.writer) : opened.writer,
      marks: opened.markStore,
      transport,
      onFatal: options.onFatal,
    },
    serviceOptions(config),
  );
  built.services = services;
  closing.add('services', () => {
    services.stop();
    services.member.commitBackend();
  });
  // A member that joins has no membership yet: it knows its peers from the one that it asked.
  for (const peer of first.peers) if (peer.id !== opened.id) transport.setPeer(peer.id, peer.peerUrls);
  if (config.features.initialCorruptCheck && hasLogAlready) await compareWithPeers(services, peerTls);
  services.start();
  const behindPorts = closing.count;
  const { ownVersion } = options;
  const ports = await openPorts({ config, services, ownVersion, routes: options.routes(services) }, closing);
  const ready = new Promise<void>((resolve) => services.whenPublished(resolve)).then(() => {
    log.info('ready to serve client requests', { 'local-member-id': hexId(opened.id) });
    for (const url of config.listenClientUrls)
      log.info('serving client traffic', { address: `${url.host}:${url.port}` });
  });
  return {
    services,
    ready,
    reloadTls: () => {
      for (const port of ports) port.reloadTls();
    },
    stop: async () => {
      // Clients go elsewhere first: a leader that is handing over takes no more of their writes.
      await closing.close(behindPorts);
      await closing.run('hand-over of the leadership', () => handOver(services, clock, settings.electionMs));
      await closing.close();
    },
    get closingStep() {
      return closing.underWay;
    },
  };
}

function isOnlyVoter(opened: OpenedLog, membership: Membership, firstMembers: number): boolean {
  if (opened.restored.applied === 0) return opened.isNew && firstMembers === 1;
  const voters = membership.voters();
  return voters.length === 1 && voters[0]?.id === opened.id;
}

/** Waits until every committed batch is written; the file is then whole and closed. */
function closeBackend(backend: Backend): Promise<void> {
  return new Promise((resolve) => backend.close(resolve));
}

/** A leader that stops hands over first, so that the cluster need not wait for an election timeout. */
async function handOver({ member }: MemberServices, clock: Clock, timeoutMs: number): Promise<void> {
  if (!member.isLeader) return;
  const heir = member.leadership.longestConnectedVoter();
  if (heir === undefined || !member.transferLeadership(heir)) return;
  const untilMs = clock.nowMs() + timeoutMs;
  while (member.isLeader && clock.nowMs() < untilMs) {
    await new Promise<void>((resolve) => clock.after(HAND_OVER_POLL_MS, resolve));
  }
}

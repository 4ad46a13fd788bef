import { WebSocket } from 'ws'

/** How many clients sit in how many channels, and how much is said there. */
export interface Scenario {
  readonly name: string
  readonly channels: number
  readonly clientsPerChannel: number
  /** Over all channels. */
  readonly broadcastsPerSecond: number
}

/** One client's way into a channel. */
export interface Seat {
  readonly url: string
  readonly topic: string
  /** Text that joins the channel; null where the URL alone does. */
  readonly join: string | null
}

/** Outcome of one scenario at one server. */
export interface ChannelMeasurement {
  readonly joinSeconds: number
  readonly sent: number
  readonly expected: number
  readonly received: number
  readonly deliveriesPerSecond: number
  /** Microseconds of the server's processor time, which says more than latency where others use the machine too. */
  readonly cpuMicroseconds: number
  /** Milliseconds from send to receipt. */
  readonly p50: number
  readonly p95: number
  readonly p99: number
  readonly max: number
}

const joinsAtOnce = 50
const tickMs = 2
/** After the joins, which are not what is measured. */
const settleMs = 1_000
const patienceMs = 10_000
const filler = 'x'.repeat(100)

/** Seats the clients, broadcasts at an even rate from changing members, and times every receipt in one clock. */
export async function measureChannels(
  scenario: Scenario,
  server: { seatOf(channel: number, client: number): Promise<Seat>; cpuSeconds(): Promise<number> },
  seconds: number,
): Promise<ChannelMeasurement> {
  const latencies: number[] = []
  const members: { socket: WebSocket; topic: string }[][] = Array.from({ length: scenario.channels }, () => [])
  const onBroadcast = (sentAt: number) => latencies.push(performance.now() - sentAt)
  const begun = performance.now()
  const seats = Array.from({ length: scenario.channels * scenario.clientsPerChannel }, (_, index) => index)
  try {
    while (seats.length > 0) {
      await Promise.all(
        seats.splice(0, joinsAtOnce).map(async (index) => {
          const channel = index % scenario.channels
          const seat = await server.seatOf(channel, Math.floor(index / scenario.channels))
          members[channel]?.push({ socket: await sit(seat, onBroadcast), topic: seat.topic })
        }),
      )
    }
    const joinSeconds = (performance.now() - begun) / 1000
    await new Promise((resolve) => setTimeout(resolve, settleMs))
    const cpuBefore = await server.cpuSeconds()
    const sent = await broadcastEvenly(scenario, members, seconds)
    const expected = sent * scenario.clientsPerChannel
    const deadline = performance.now() + patienceMs
    while (latencies.length < expected && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    const cpuSeconds = (await server.cpuSeconds()) - cpuBefore
    const sorted = latencies.toSorted((a, b) => a - b)
    const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
    return {
      joinSeconds,
      sent,
      expected,
      received: latencies.length,
      deliveriesPerSecond: latencies.length / seconds,
      cpuMicroseconds: (cpuSeconds / latencies.length) * 1_000_000,
      p50: at(0.5),
      p95: at(0.95),
      p99: at(0.99),
      max: at(1),
    }
  } finally {
    for (const { socket } of members.flat()) socket.terminate()
  }
}

/** Opens a socket and joins. */
function sit(seat: Seat, onBroadcast: (sentAt: number) => void): Promise<WebSocket> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(seat.url, { perMessageDeflate: false })
    socket.once('error', reject)
    socket.on('open', () => {
      if (seat.join === null) resolve(socket)
      else socket.send(seat.join)
    })
    socket.on('message', (data, isBinary) => {
      if (!Buffer.isBuffer(data)) return
      if (isBinary) return onBroadcast(sentAtOf(data))
      const text = data.toString()
      if (text.includes('"phx_reply"') && text.includes('"status":"ok"')) resolve(socket)
      else if (text.includes('"error"')) reject(new Error(text))
    })
  })
}

async function broadcastEvenly(
  { broadcastsPerSecond, channels, clientsPerChannel }: Scenario,
  members: readonly { socket: WebSocket; topic: string }[][],
  seconds: number,
): Promise<number> {
  const total = Math.round(broadcastsPerSecond * seconds)
  const begun = performance.now()
  let sent = 0
  while (sent < total) {
    const due = Math.min(total, Math.floor(((performance.now() - begun) / 1000) * broadcastsPerSecond))
    for (; sent < due; sent += 1) {
      const sender = members[sent % channels]?.[Math.floor(sent / channels) % clientsPerChannel]
      if (!sender) throw new Error('a channel has no members')
      sender.socket.send(broadcastFrame(sender.topic, sent))
    }
    await new Promise((resolve) => setTimeout(resolve, tickMs))
  }
  return sent
}

/** The frame in which the official client broadcasts. */
function broadcastFrame(topic: string, number: number): Buffer {
  const [topicBytes, event] = [Buffer.from(topic), Buffer.from('tick')]
  const payload = Buffer.from(JSON.stringify({ number, filler, at: performance.now() }))
  return Buffer.concat([Buffer.from([3, 0, 0, topicBytes.length, event.length, 0, 1]), topicBytes, event, payload])
}

/** Time that a broadcast carries, in the frame that the client sent or in the one that the service makes of it. */
function sentAtOf(frame: Buffer): number {
  const lengths = frame[0] === 3 ? frame.subarray(1, 6) : frame.subarray(1, 4)
  const offset = lengths.reduce((sum, length) => sum + length, frame[0] === 3 ? 7 : 5)
  const payload: { at: number } = JSON.parse(frame.toString('utf8', offset))
  return payload.at
}

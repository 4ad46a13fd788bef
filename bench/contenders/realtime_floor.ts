// The floor: a bare `ws` server that passes each message on to everybody in the room of the URL. Nothing that reads a
// protocol or knows who may hear what can be faster on the same library.
import { type WebSocket, WebSocketServer } from 'ws'

const { port = '' }: Record<string, string> = JSON.parse(process.argv[2] ?? '{}')
const rooms = new Map<string, Set<WebSocket>>()
const server = new WebSocketServer({ port: Number(port), host: '127.0.0.1', perMessageDeflate: false })
server.on('connection', (socket, request) => {
  const name = request.url ?? ''
  const room = rooms.get(name) ?? new Set()
  rooms.set(name, room.add(socket))
  socket.on('message', (data, isBinary) => {
    if (!Buffer.isBuffer(data)) return
    for (const member of room) member.send(data, { binary: isBinary })
  })
  socket.on('close', () => room.delete(socket))
})
server.on('listening', () => process.send?.('ready'))
process.on('message', () => process.send?.(process.cpuUsage()))
process.once('SIGTERM', () => process.exit(0))

// Reads the tables below the folder given: the metadata and manifests with icebird, the rows with icebird (Parquet only), hyparquet and avsc. Prints for each table and reader how many rows there are, the sums of n and
// of the cents of money, how many s are null, and the characters of the others.
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import avro from 'avsc'
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'
import { icebergManifests, icebergMetadata, icebergRead } from 'icebird'

const path = location => location.replace('file://', '')

// icebird fetches what it reads; Node.js fetches no files.
globalThis.fetch = async (url, { method, headers } = {}) => {
  const bytes = readFileSync(path(String(url)))
  const [, from, to] = /bytes=(\d*)-(\d*)/.exec(new Headers(headers).get('Range') ?? '') ?? []
  const part = from === undefined ? bytes : from === '' ? bytes.subarray(-Number(to)) : bytes.subarray(Number(from), to === '' ? undefined : Number(to) + 1)
  return new Response(method === 'HEAD' ? null : part, { status: from === undefined ? 200 : 206, headers: { 'Content-Length': String(part.length) } })
}

const say = rows => ({
  rows: rows.length,
  n: rows.reduce((sum, row) => sum + Number(row.n), 0),
  money: rows.reduce((sum, row) => sum + cents(row.money), 0),
  nulls: rows.filter(row => row.s === null || row.s === undefined).length,
  text: rows.reduce((sum, row) => sum + [...(row.s ?? '')].length, 0),
})

// avsc leaves decimals as the bytes that they are.
const cents = money => money instanceof Uint8Array ? Number(BigInt.asIntN(money.length * 8, BigInt(`0x${Buffer.from(money).toString('hex')}`))) : Math.round(Number(money ?? 0) * 100)

async function avroRows(file) {
  const decoder = avro.createFileDecoder(file, { parseHook: schema => avro.Type.forSchema(schema, { registry: {}, typeHook: wide }) })
  const rows = []
  decoder.on('data', row => rows.push(row))
  await once(decoder, 'end')
  return rows
}

// Longs past 2^53 as big integers.
const long = avro.types.LongType.__with({
  fromBuffer: bytes => bytes.readBigInt64LE(), toBuffer: n => { const bytes = Buffer.alloc(8); bytes.writeBigInt64LE(BigInt(n)); return bytes },
  fromJSON: BigInt, toJSON: Number, isValid: n => typeof n === 'bigint', compare: (a, b) => Number(a - b),
})
const wide = schema => schema === 'long' || schema.type === 'long' ? long : undefined

const root = resolve(process.argv[2])
const tables = {}
for (const name of readdirSync(root, { withFileTypes: true }).filter(entry => entry.isDirectory()).map(entry => entry.name)) {
  // icebird reads no fixed values of Avro, which partitions of decimals are.
  if (/^(identity|truncate)_(money|amount|huge)$/.test(name)) continue
  const tableUrl = `file://${join(root, name)}`
  const metadata = await icebergMetadata({ tableUrl })
  const files = (await icebergManifests(metadata)).flatMap(manifest => manifest.entries.map(entry => entry.data_file.file_path))
  const isParquet = files.every(file => file.endsWith('.parquet'))
  const rows = await Promise.all(files.map(async file => isParquet ? parquetReadObjects({ file: await asyncBufferFromFile(path(file)), compressors }) : avroRows(path(file))))
  tables[name] = isParquet ? { icebird: say(await icebergRead({ tableUrl, metadata })), hyparquet: say(rows.flat()) } : { avsc: say(rows.flat()) }
}
console.log(JSON.stringify(tables))

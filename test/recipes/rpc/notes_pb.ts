// What protoc-gen-es writes for:
//   service Notes {
//     rpc Me(google.protobuf.Empty) returns (google.protobuf.StringValue);
//     rpc Echo(google.protobuf.StringValue) returns (google.protobuf.StringValue);
//     rpc Watch(google.protobuf.Empty) returns (stream google.protobuf.StringValue);
//   }
import { create, toBinary } from '@bufbuild/protobuf'
import { base64Encode } from '@bufbuild/protobuf/wire'
import { fileDesc, serviceDesc, type GenService } from '@bufbuild/protobuf/codegenv2'
import {
  file_google_protobuf_empty,
  file_google_protobuf_wrappers,
  FileDescriptorProtoSchema,
  type EmptySchema,
  type StringValueSchema,
} from '@bufbuild/protobuf/wkt'

const EMPTY = '.google.protobuf.Empty'
const TEXT = '.google.protobuf.StringValue'

const proto = create(FileDescriptorProtoSchema, {
  name: 'notes.proto',
  syntax: 'proto3',
  dependency: ['google/protobuf/empty.proto', 'google/protobuf/wrappers.proto'],
  service: [
    {
      name: 'Notes',
      method: [
        { name: 'Me', inputType: EMPTY, outputType: TEXT },
        { name: 'Echo', inputType: TEXT, outputType: TEXT },
        { name: 'Watch', inputType: EMPTY, outputType: TEXT, serverStreaming: true },
      ],
    },
  ],
})

const file = fileDesc(base64Encode(toBinary(FileDescriptorProtoSchema, proto)), [
  file_google_protobuf_empty,
  file_google_protobuf_wrappers,
])

export const Notes: GenService<{
  me: {
    methodKind: 'unary'
    input: typeof EmptySchema
    output: typeof StringValueSchema
  }
  echo: {
    methodKind: 'unary'
    input: typeof StringValueSchema
    output: typeof StringValueSchema
  }
  watch: {
    methodKind: 'server_streaming'
    input: typeof EmptySchema
    output: typeof StringValueSchema
  }
}> = /*@__PURE__*/ serviceDesc(file, 0)

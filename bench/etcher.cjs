// etcher-sdk as usually called: URL to device, without verification or trimming.
const { multiWrite, sourceDestination } = require('etcher-sdk');

const [url, device, sizeBytes] = process.argv.slice(2);

async function main() {
  const drive = {
    device,
    raw: device,
    devicePath: null,
    mountpoints: [],
    size: Number(sizeBytes),
    blockSize: 512,
    logicalBlockSize: 512,
    isSystem: false,
    isReadOnly: false,
  };
  const destination = new sourceDestination.BlockDevice({
    drive,
    write: true,
    direct: true,
    unmountOnSuccess: false,
  });
  const source = new sourceDestination.Http({ url, avoidRandomAccess: true });
  const result = await multiWrite.decompressThenFlash({
    source,
    destinations: [destination],
    onFail: (_, error) => {
      throw error;
    },
    onProgress: () => {},
    verify: false,
    numBuffers: 16,
    decompressFirst: false,
  });
  console.log(JSON.stringify(result));
}

main().then(
  () => process.exit(0),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);

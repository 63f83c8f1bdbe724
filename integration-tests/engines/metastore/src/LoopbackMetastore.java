import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.hive.metastore.HiveMetaStore;
import org.apache.hadoop.hive.metastore.RetryingHMSHandler;
import org.apache.hadoop.hive.metastore.TUGIBasedProcessor;
import org.apache.hadoop.hive.metastore.api.ThriftHiveMetastore;
import org.apache.hadoop.hive.metastore.conf.MetastoreConf;
import org.apache.hadoop.hive.metastore.security.TUGIContainingTransport;
import org.apache.hadoop.hive.metastore.txn.AcidHouseKeeperService;
import org.apache.thrift.protocol.TBinaryProtocol;
import org.apache.thrift.server.TThreadPoolServer;
import org.apache.thrift.transport.TServerSocket;

/**
 * The Hive 3.1 metastore service on 127.0.0.1 only. Its own main listens on every interface and has no setting for
 * the address; this wires the same handler, processor and lock house keeping to a loopback socket.
 * Arguments: port (0 for any free one), then key=value settings.
 */
public final class LoopbackMetastore {
  public static void main(String[] args) throws Throwable {
    WithParent.endsWithIt();
    Configuration conf = MetastoreConf.newMetastoreConf();
    // The distribution without hive-exec lacks the default classes of these two settings.
    conf.set("metastore.expression.proxy", "org.apache.hadoop.hive.metastore.DefaultPartitionExpressionProxy");
    conf.set("metastore.task.threads.always", "org.apache.hadoop.hive.metastore.events.EventCleanerTask");
    for (int i = 1; i < args.length; i++) {
      int eq = args[i].indexOf('=');
      conf.set(args[i].substring(0, eq), args[i].substring(eq + 1));
    }
    InetSocketAddress address =
        new InetSocketAddress(InetAddress.getByName("127.0.0.1"), Integer.parseInt(args[0]));
    TServerSocket socket = new TServerSocket(address);
    HiveMetaStore.HMSHandler base = new HiveMetaStore.HMSHandler("metastore", conf, false);
    ThriftHiveMetastore.Iface handler = RetryingHMSHandler.getProxy(conf, base, false);
    AcidHouseKeeperService locks = new AcidHouseKeeperService();
    locks.setConf(conf);
    ScheduledExecutorService tasks = Executors.newSingleThreadScheduledExecutor(r -> {
      Thread t = new Thread(r, "lock-timeouts");
      t.setDaemon(true);
      return t;
    });
    long every = locks.runFrequency(TimeUnit.MILLISECONDS);
    tasks.scheduleAtFixedRate(locks, every, every, TimeUnit.MILLISECONDS);
    TThreadPoolServer server = new TThreadPoolServer(new TThreadPoolServer.Args(socket)
        .processor(new TUGIBasedProcessor<>(handler))
        .transportFactory(new TUGIContainingTransport.Factory())
        .protocolFactory(new TBinaryProtocol.Factory())
        .inputProtocolFactory(new TBinaryProtocol.Factory(true, true))
        .minWorkerThreads(8)
        .maxWorkerThreads(200));
    System.out.println("READY " + socket.getServerSocket().getLocalPort());
    System.out.flush();
    server.serve();
  }
}
